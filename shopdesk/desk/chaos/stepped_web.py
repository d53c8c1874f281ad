"""The web process by a clock that can be moved."""

from shopdesk.desk.chaos.stepped import install

install()

from shopdesk.wsgi import application  # noqa: E402

__all__ = ["application"]
