"""The SQL of the outbox: every change leaves an audit entry, and every entry that a webhook asked for an event.

A trigger does it, in the transaction of the change and whatever wrote the entry, COPY and set-based statements
included: no service can forget. Without an active webhook it costs one look at a table of a few rows.
"""

CREATE = """
CREATE FUNCTION webhook_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM api_webhook WHERE active) THEN
        RETURN NULL;
    END IF;
    WITH told AS (
        INSERT INTO api_outboxevent (id, name, subject_kind, subject_id, at, before, after)
        SELECT gen_random_uuid(), action, subject_kind, subject_id, at, before, after
        FROM added
        WHERE subject_kind IN ('order', 'ticket')
            AND EXISTS (SELECT FROM api_webhook w WHERE w.active AND added.action = ANY (w.events))
        RETURNING id, name
    )
    INSERT INTO api_delivery (event_id, webhook_id, state, attempts, created_at, since, due_at, problem)
    SELECT told.id, w.id, 'waiting', 0, now(), now(), now(), ''
    FROM told JOIN api_webhook w ON w.active AND told.name = ANY (w.events);
    RETURN NULL;
END
$$;
CREATE TRIGGER webhook_outbox AFTER INSERT ON base_auditentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION webhook_outbox();
"""

DROP = """
DROP TRIGGER webhook_outbox ON base_auditentry;
DROP FUNCTION webhook_outbox();
"""
