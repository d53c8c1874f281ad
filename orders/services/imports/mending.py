"""Giving the rejected rows of a file out to be mended and imported again (D1, D3)."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

from orders.imports.mended import mended_csv
from orders.models import ImportFile, ImportRejection
from shopdesk.base import audit, clock
from shopdesk.base.audit import Fact
from shopdesk.base.errors import Forbidden
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission

ROWS_AT_ONCE = 1000


@transaction.atomic
def export_rejected(file: ImportFile, *, actor: Staff, now: datetime | None = None) -> Iterator[bytes]:
    """The rejected rows as a CSV file, in pieces, with the reasons in the present language.

    Who took them out is audited (D3). Raises ``Forbidden`` (D1) by role.
    """
    if not actor.may(Permission.IMPORT):
        raise Forbidden("D1", _("Your role does not import orders."))
    rejected = ImportRejection.objects.filter(file=file)
    audit.record(
        Fact(
            "import.rejected_exported",
            "import",
            str(file.run_id),
            {},
            {"file": file.pk, "rows": rejected.count()},
        ),
        at=now or clock.now(),
        actor=actor,
    )
    return mended_csv(file.header, _rows(file, get_language() or "en"))


def _rows(file: ImportFile, language: str) -> Iterator[tuple[list[str], str]]:
    rejected = ImportRejection.objects.filter(file=file).order_by("row", "pk").only("cells", "reason")
    for rejection in rejected.iterator(chunk_size=ROWS_AT_ONCE):
        # The answer is sent after the request's own language is gone.
        with override(language):
            reason = gettext(rejection.reason) if rejection.reason else ""
        yield rejection.cells, reason
