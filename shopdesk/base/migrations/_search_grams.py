"""The SQL of the function behind the search indexes."""

# A loop, because the function runs for every indexed text that is written: as one SQL statement it took four
# times as long. The cost keeps the planner from testing rows one by one where an index can answer.
CREATE = """
CREATE FUNCTION search_grams(value text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 5000 AS $$
DECLARE
    characters text[] := string_to_array(lower(value), NULL);
    grams text[] := characters;
BEGIN
    FOR place IN 1 .. coalesce(array_length(characters, 1), 0) - 1 LOOP
        grams := grams || (characters[place] || characters[place + 1]);
    END LOOP;
    RETURN coalesce(grams, '{}');
END
$$
"""

DROP = "DROP FUNCTION search_grams(text)"
