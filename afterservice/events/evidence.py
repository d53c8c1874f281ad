"""Facts about evidence (A12). What a buyer calls a file stays out of the audit."""

from afterservice.events import fact
from afterservice.models import Evidence
from shopdesk.base.audit import Fact


def evidence_added(evidence: Evidence) -> Fact:
    """A photo or video was added to a ticket."""
    return fact(
        "evidence.added",
        evidence.ticket_id,
        {},
        {
            "evidence": str(evidence.pk),
            "stage": evidence.stage,
            "content_type": evidence.content_type,
            "size": evidence.size,
        },
    )


def bundle_taken(number: int, language: str, files: int) -> Fact:
    """Somebody took the ticket's log, order facts and evidence out as one file."""
    return fact("evidence.bundle_taken", number, {}, {"language": language, "files": files})
