from django.db import migrations

# Notes (N2), messages (A12) and sent replies (T3) are never edited or removed. The one thing that may happen to them:
# the job that forgets personal values puts '***' in place of the words, and changes nothing else.
FROZEN = {
    "note_is_never_edited": "A note is never edited or removed (N2)",
    "ticket_message_is_never_edited": "A message of a ticket is never edited or removed (A12)",
    "sent_reply_is_never_edited": "A sent reply is never edited or removed (T3)",
}
FORGETTING = """
    IF TG_OP = 'UPDATE' AND current_setting('shopdesk.forgetting', true) = 'on' THEN
        OLD.text := '***';
        IF NEW IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
    END IF;"""


def functions(first: str) -> str:
    return "\n".join(
        f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{first}
    RAISE EXCEPTION '{words}: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;"""
        for name, words in FROZEN.items()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("afterservice", "0002_messages_are_never_edited"),
        ("desk", "0002_canned_replies"),
        ("orders", "0002_notes_are_never_edited"),
    ]
    operations = [migrations.RunSQL(functions(FORGETTING), functions(""))]
