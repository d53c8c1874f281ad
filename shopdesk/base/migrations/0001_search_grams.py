from django.db import migrations

# Every character and every pair of neighbours of a text, in lower case: what the search indexes hold.
CREATE = """
CREATE FUNCTION search_grams(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(lower(value), place, width)), '{}')
    FROM generate_series(1, length(value)) AS place, generate_series(1, 2) AS width
    WHERE place + width - 1 <= length(value)
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION search_grams(text)")]
