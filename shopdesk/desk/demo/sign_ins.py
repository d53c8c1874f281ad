"""The published sign-ins of the demo shop. Imports nothing: ``scripts/serve.py`` reads it without Django."""

DEMO_USERNAMES = ("agent1", "agent2", "supervisor1", "supervisor2", "warehouse1", "manager1")
DEMO_PASSWORD = "shopdesk-demo"  # noqa: S105 (the published password of the demo shop's made-up staff)
