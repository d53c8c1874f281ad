"""F7: what a carrier's news of a parcel means, and by when a parcel should have been signed for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from shipping.provinces import Zone

DAYS_TO_DELIVER: Mapping[str, int] = {
    Zone.CORE: 3,
    Zone.MAINLAND: 5,
    Zone.REMOTE: 8,
    Zone.HMT: 10,
    Zone.OVERSEAS: 20,
}


class TrackingState(models.IntegerChoices):
    """Kuaidi100's states of a parcel. It names no 9, but keeps the number."""

    ON_THE_WAY = 0, _("on the way")
    COLLECTED = 1, _("collected")
    PROBLEM = 2, _("problem")
    SIGNED = 3, _("signed for")
    RETURN_SIGNED = 4, _("came back to us")
    DELIVERING = 5, _("out for delivery")
    RETURNING = 6, _("being returned")
    HANDED_ON = 7, _("handed to another carrier")
    CUSTOMS = 8, _("at customs")
    UNNAMED = 9, _("state 9")
    CUSTOMS_WAITING = 10, _("waiting for customs")
    CUSTOMS_UNDER_WAY = 11, _("in customs clearance")
    CUSTOMS_CLEARED = 12, _("cleared by customs")
    CUSTOMS_STOPPED = 13, _("stopped by customs")
    REFUSED = 14, _("refused by the receiver")


TROUBLE = frozenset(
    {
        TrackingState.PROBLEM,
        TrackingState.RETURN_SIGNED,
        TrackingState.RETURNING,
        TrackingState.CUSTOMS_STOPPED,
        TrackingState.REFUSED,
    }
)

# As Kuaidi100 and the carriers' own lists write them; the first is the one that the desk's notes use.
CHINESE_NAMES: Mapping[int, tuple[str, ...]] = {
    TrackingState.ON_THE_WAY: ("在途", "在途中", "运输中", "到达派件城市", "干线", "转递"),
    TrackingState.COLLECTED: ("揽收", "已揽收", "已揽件", "已下单", "待揽收"),
    TrackingState.PROBLEM: ("疑难", "疑难件", "问题件", "异常"),
    TrackingState.SIGNED: ("签收", "已签收", "本人签收", "代签", "投柜或站签收", "派件异常后签收"),
    TrackingState.RETURN_SIGNED: ("退签", "退回签收", "已退签"),
    TrackingState.DELIVERING: ("派件", "派件中", "派送中", "同城派送中", "投柜或驿站"),
    TrackingState.RETURNING: ("退回", "退回中", "退件"),
    TrackingState.HANDED_ON: ("转投", "转单"),
    TrackingState.CUSTOMS: ("清关",),
    TrackingState.UNNAMED: ("状态9",),
    TrackingState.CUSTOMS_WAITING: ("待清关",),
    TrackingState.CUSTOMS_UNDER_WAY: ("清关中",),
    TrackingState.CUSTOMS_CLEARED: ("已清关",),
    TrackingState.CUSTOMS_STOPPED: ("清关异常",),
    TrackingState.REFUSED: ("拒签", "收件人拒签", "拒收"),
}
_STATE_OF_NAME = {name: state for state, names in CHINESE_NAMES.items() for name in names}


@dataclass(frozen=True)
class News:
    """One piece of news: of which number, in which state, when it happened there, what the carrier says."""

    carrier: str
    invoice_no: str
    state: int
    at: datetime
    text: str = ""


def deliver_by(shipped_at: datetime, zone: str) -> datetime:
    """When a parcel that was shipped then should be signed for (F7). Raises ``KeyError`` for no zone of S2."""
    return shipped_at + timedelta(days=DAYS_TO_DELIVER[zone])


def state_of(text: str) -> int | None:
    """The state that a number or a Chinese name stands for, ``None`` where it is none.

    Kuaidi100's finer states begin with the plain one (301 signed for in person, 202 sign overdue); only 1001
    to 1003 are parts of "on the way".
    """
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return _STATE_OF_NAME.get(text)
    if len(text) > 4:
        return None
    number = int(text)
    if number in TrackingState.values:
        return number
    if 1001 <= number <= 1003:
        return TrackingState.ON_THE_WAY
    return number // 100 if 101 <= number <= 799 else None


@dataclass(frozen=True)
class Standing:
    """How a parcel stands by all that was heard of it: the newest state, since when, and its signing."""

    state: int | None = None
    at: datetime | None = None
    signed_at: datetime | None = None


def standing(news: Iterable[tuple[datetime, int]]) -> Standing:
    """What news of one parcel comes to, in whatever order it was heard (F7).

    The newest counts, a signing before anything else of the same moment. What was signed for once stays so.
    """
    known = sorted(news, key=lambda piece: (piece[0], piece[1] == TrackingState.SIGNED))
    if not known:
        return Standing()
    at, state = known[-1]
    signings = [moment for moment, code in known if code == TrackingState.SIGNED]
    return Standing(state, at, min(signings, default=None))


def comes_into_trouble(before: int | None, after: int | None) -> bool:
    """Whether news brings trouble that was not there before: another kind of it counts anew (F7)."""
    return after in TROUBLE and before != after


def is_overdue(by: datetime | None, now: datetime) -> bool:
    """Whether a parcel that nobody signed for should have been by now (F7)."""
    return by is not None and by <= now
