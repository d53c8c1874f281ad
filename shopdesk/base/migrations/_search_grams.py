"""The SQL of the function behind the search indexes."""

CREATE = """
CREATE FUNCTION search_grams(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5000 AS $$
    SELECT coalesce(array_agg(DISTINCT substr(lower(value), place, width)), '{}')
    FROM generate_series(1, length(value)) AS place, generate_series(1, 2) AS width
    WHERE place + width - 1 <= length(value)
$$
"""

DROP = "DROP FUNCTION search_grams(text)"
