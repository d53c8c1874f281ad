"""N2, N4: how a note is signed, what one Taobao memo holds, and the notes that are one click away."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.clock import SHANGHAI
from shopdesk.base.errors import DomainError

MEMO_BYTES = 1000
NOTE_LENGTH = 500
SYSTEM_SIGNATURE = "系统"


class NoteForm(models.TextChoices):
    """What a note says (N4); free text where it says something else."""

    FREE = "free", _("free text")
    CARRIER = "carrier", _("other carrier")
    STOCK_KEPT = "stock_kept", _("stock kept")
    PART_SENT = "part_sent", _("part sent")
    ADDRESS = "address", _("other address")
    DELIVERY_TIME = "delivery_time", _("delivery time")
    INVOICE = "invoice", _("invoice")
    CARD = "card", _("greeting card")
    GIFT = "gift", _("gift promised")
    FORWARDER = "forwarder", _("forwarder: send all at once")


# The shop writes its notes in Chinese whatever language a page is in: they go to Taobao as they are.
NOTE_TEXTS: dict[str, str] = {
    NoteForm.CARRIER: "发{carrier}",
    NoteForm.STOCK_KEPT: "{goods}已留",
    NoteForm.PART_SENT: "{goods}已发，单号是{invoice_no}",
    NoteForm.ADDRESS: "客户要求修改地址，新地址为：{address}",
    NoteForm.DELIVERY_TIME: "客户要求{delivery_time}送货",
    NoteForm.INVOICE: "要发票，抬头：{title}，税号：{tax_number}",
    NoteForm.CARD: "附贺卡，内容：{text}",
    NoteForm.GIFT: "送{gift}一份",
    NoteForm.FORWARDER: "转运地址，货齐后一次发出",
}


def signed(text: str, signature: str, at: datetime) -> str:
    """A note as it is shown and exported: ``text(nameM.D)``, the date in Shanghai (N2)."""
    day = at.astimezone(SHANGHAI)
    return f"{text}({signature}{day.month}.{day.day})"


def memo(signed_notes: Iterable[str]) -> str:
    """Notes as one Taobao memo: a line each, in the order given, oldest first (N2)."""
    return "\n".join(signed_notes)


def whole_memo(on_platform: str, signed_notes: Iterable[str]) -> str:
    """The memo to copy to Taobao: what was written there only, then the notes, oldest first (N2, D5).

    Our reading: a copied memo replaces the one on Taobao, so what stands only there is kept in front. What
    stands there and is one of our notes is not said twice.
    """
    notes = list(signed_notes)
    for note in notes:
        on_platform = on_platform.replace(note, "", 1)
    kept = [line.strip() for line in on_platform.splitlines() if line.strip()]
    return memo([*kept, *notes])


def memo_bytes(text: str) -> int:
    """How many of the memo's 1000 bytes a text takes (N2)."""
    return len(text.encode())


def clean_text(text: str) -> str:
    """The text of a note as it is kept. Raises ``DomainError`` (N2) for an empty or overlong one."""
    text = text.strip().replace("\r\n", "\n")
    if not text:
        raise DomainError("N2", _("Write something: an empty note says nothing."), field="text")
    if len(text) > NOTE_LENGTH:
        raise DomainError(
            "N2",
            _("A note holds %(most)s characters, this one has %(length)s. Split it in two.")
            % {"most": NOTE_LENGTH, "length": len(text)},
            field="text",
        )
    if "\x00" in text:
        raise DomainError("N2", _("The text holds a character that cannot be stored."), field="text")
    return text
