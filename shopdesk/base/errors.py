"""What a service raises when it refuses. Pages show the message in place, the API answers the code."""

from collections.abc import Mapping

from django.utils.functional import Promise


class DomainError(Exception):
    """A rule refuses: ``code`` names the rule ("O6"), ``message`` says what is wrong and what to do next."""

    status = 422

    def __init__(self, code: str, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Conflict(DomainError):
    """The subject is not in the state or version that the request took it for."""

    status = 409


class VersionConflict(Conflict):
    """Somebody else changed the subject since the page was shown (T5).

    ``subject`` is its kind and number in the audit log, where there is one. ``stands`` holds the form fields that
    name a version, as they are now: a form that is sent with them is saved over the other change. Without them
    nothing can be saved over it. ``clash`` is what the page shows of it.
    """

    clash: object = None

    def __init__(
        self,
        code: str,
        message: str | Promise,
        *,
        subject: tuple[str, str] | None = None,
        stands: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.subject = subject
        self.stands = stands or {}


class Forbidden(DomainError):
    """The staff member's role does not allow this."""

    status = 403
