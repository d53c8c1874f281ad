from django.db import migrations

# N2: a note is never edited or removed; only that it was cleared from view may be recorded (N5).
CREATE = """
CREATE FUNCTION note_is_never_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A note is never edited or removed (N2): % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER note_never_edited
    BEFORE UPDATE OF order_id, text, author_id, signature, at, form OR DELETE ON orders_note
    FOR EACH ROW EXECUTE FUNCTION note_is_never_edited();
"""
DROP = """
DROP TRIGGER note_never_edited ON orders_note;
DROP FUNCTION note_is_never_edited();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
