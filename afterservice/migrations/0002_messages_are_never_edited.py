from django.db import migrations

# A12: everything said is on record; what was written is never edited or removed.
CREATE = """
CREATE FUNCTION ticket_message_is_never_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A message of a ticket is never edited or removed (A12): % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ticket_message_never_edited
    BEFORE UPDATE OR DELETE ON afterservice_ticketmessage
    FOR EACH ROW EXECUTE FUNCTION ticket_message_is_never_edited();
"""
DROP = """
DROP TRIGGER ticket_message_never_edited ON afterservice_ticketmessage;
DROP FUNCTION ticket_message_is_never_edited();
"""


class Migration(migrations.Migration):
    dependencies = [("afterservice", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
