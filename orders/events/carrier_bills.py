"""What happens to carriers' bills, as audit facts (F8, D3)."""

from orders.models import CarrierBill, CarrierBillLine
from shopdesk.base.audit import Fact

SUBJECT = "carrier_bill"


def bill_read(bill: CarrierBill, *, rows: int, new: int, rejected: int) -> Fact:
    """Somebody read a file of the bill."""
    figures = {"file": bill.file_name, "rows": rows, "new": new, "rejected": rejected}
    return Fact("carrier_bill.read", SUBJECT, str(bill.pk), {}, figures)


def line_resolved(line: CarrierBillLine, before: str) -> Fact:
    """Somebody said what became of a difference; the word stays on the line."""
    after = {"line": line.pk, "resolution": line.resolution, "stake": str(line.stake)}
    return Fact("carrier_bill.resolved", SUBJECT, str(line.bill_id), {"resolution": before}, after)


def rejected_taken(bill: CarrierBill) -> Fact:
    """Somebody took the rejected rows out as a file, to mend them."""
    return Fact("carrier_bill.exported", SUBJECT, str(bill.pk), {}, {"kind": "csv", "verdict": "rejected"})
