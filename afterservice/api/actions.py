"""What is done with one ticket: one address, one service."""

from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from afterservice.api.showing import EvidenceShown, MessageShown, TicketInFull
from afterservice.api.tickets import WORK, in_full
from afterservice.models import Evidence, Ticket, TicketLine, TicketMessage, TicketPayment
from afterservice.rules.refunds import Ask
from afterservice.rules.requests import LONGEST_TEXT
from afterservice.services import (
    buyer_pays,
    deciding,
    evidence,
    exchanging,
    messages,
    paying_back,
    returning,
    settling,
)
from afterservice.services.locks import lock_ticket
from afterservice.services.settling import FailedChoice
from afterservice.states import Goods
from orders.api.showing import ApprovalAsked
from shipping.carriers import CARRIERS
from shopdesk.api.access import Access, Scope
from shopdesk.api.fields import MoneyIn, TidIn, VersionIn, list_of
from shopdesk.api.parsing import StrictJSONParser
from shopdesk.api.views import ActionView
from shopdesk.base.models import Approval
from shopdesk.base.money import ZERO
from shopdesk.base.permissions import Permission

GOODS_WORK = Access(Permission.WORK_WAREHOUSE, Scope.WAREHOUSE, Scope.TICKETS)
LARGEST_UPLOAD = 200 << 20
Side = TicketMessage.Side


class TicketAction(ActionView):
    """An action on one ticket; it answers the ticket as it is then."""

    access: ClassVar[dict[str, Access]] = {"post": WORK}
    takes: ClassVar[type[Serializer[Any]]] = VersionIn
    answers: ClassVar[Any] = TicketInFull

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Call the service; ``known`` is who acts, at which version."""
        raise NotImplementedError

    def act(self, data: dict[str, Any], **kwargs: Any) -> Any:
        """Do it, where there is such a ticket."""
        number = kwargs["number"]
        if not Ticket.objects.filter(pk=number).exists():
            raise exceptions.NotFound(_("There is no such ticket."))
        done = self.perform(number, data, {"version": self.seen_version(data), "actor": self.staff})
        if isinstance(done, Approval):
            return Response(ApprovalAsked(done).data, status=202)
        return Response(self.tell(number, done), status=self.status)

    def tell(self, number: int, done: Any) -> Any:
        """What the caller is told: the ticket."""
        return in_full(number, self)


class WordsIn(VersionIn):
    """What was said, and how."""

    text = serializers.CharField(max_length=LONGEST_TEXT)
    channel = serializers.ChoiceField(
        choices=TicketMessage.Channel.choices, default=TicketMessage.Channel.WANGWANG
    )


class ReasonIn(VersionIn):
    """Why."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class AnswerCall(TicketAction):
    """Answer the buyer: the answer clock stops (A6, A12)."""

    takes: ClassVar[type[Serializer[Any]]] = WordsIn

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Log what the buyer was told."""
        return _say(number, data, known, Side.TO_BUYER)


class MessageIn(WordsIn):
    """What was said, by whom to whom, and how."""

    side = serializers.ChoiceField(choices=Side.choices)


class MessagesCall(TicketAction):
    """Log what was said (A12). What is told to the buyer answers an opened ticket (A6)."""

    takes: ClassVar[type[Serializer[Any]]] = MessageIn
    answers: ClassVar[Any] = MessageShown
    status = 201

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Log it."""
        return _say(number, data, known, data["side"])

    def tell(self, number: int, done: TicketMessage) -> Any:
        """The message."""
        return MessageShown(done).data


def _say(number: int, data: dict[str, Any], known: dict[str, Any], side: str) -> TicketMessage:
    with transaction.atomic():
        if known["version"] is not None:
            lock_ticket(number, version=known["version"])
        return messages.say(
            number, side=side, text=data["text"], channel=data["channel"], actor=known["actor"]
        )


class AcceptCall(TicketAction):
    """Accept at once what A3 allows; for anything else a supervisor is asked (202), by `reason` (A5, P1)."""

    takes: ClassVar[type[Serializer[Any]]] = ReasonIn
    answers: ClassVar[dict[int, Any]] = {200: TicketInFull, 202: ApprovalAsked}

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Accept it, or ask."""
        return deciding.accept(number, reason=data["reason"], **known)


class RefuseCall(TicketAction):
    """Refuse, with the talk on record (A5)."""

    takes: ClassVar[type[Serializer[Any]]] = ReasonIn

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Refuse it."""
        return deciding.refuse(number, reason=data["reason"], **known)


class GiveAddressCall(TicketAction):
    """Give the buyer the return address, once everything before it is done (A7, A8): ten days run (A6)."""

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Give it."""
        return returning.give_address(number, **known)


class ResaleCall(TicketAction):
    """Note that the buyer was asked, and says that the goods are unworn and fit for resale (A3, A7)."""

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Note it."""
        return exchanging.ask_resale(number, **known)


class HoldCall(TicketAction):
    """Keep what goes out from the shelf (A7); the warehouse signs it."""

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Keep it."""
        return exchanging.hold_targets(number, **known)


class PostageIn(VersionIn):
    """What postage the buyer pays for the exchange (A7)."""

    postage = MoneyIn()


class PostageCall(TicketAction):
    """Say what postage the buyer pays (A3, A7)."""

    takes: ClassVar[type[Serializer[Any]]] = PostageIn

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Set it."""
        return buyer_pays.set_postage(number, data["postage"], **known)


class LinksIn(VersionIn):
    """Paid postage links of the same buyer, and what they pay."""

    purpose = serializers.ChoiceField(choices=TicketPayment.Purpose.choices)
    links = serializers.ListField(child=TidIn(), allow_empty=False, max_length=20)


class LinksCall(TicketAction):
    """Let paid postage links pay what is due of postage or difference (A7, A8, O12)."""

    takes: ClassVar[type[Serializer[Any]]] = LinksIn

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Pay it."""
        return buyer_pays.pay_by_links(number, data["purpose"], data["links"], **known)


class ReturnShippedIn(VersionIn):
    """The number under which the goods come back."""

    carrier = serializers.ChoiceField(
        choices=[(code, carrier.name) for code, carrier in CARRIERS.items()],
        required=False,
        allow_blank=True,
        default="",
    )
    invoice_no = serializers.CharField(max_length=64)


class ReturnShippedCall(TicketAction):
    """Note the tracking number under which the goods come back (A7)."""

    takes: ClassVar[type[Serializer[Any]]] = ReturnShippedIn

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Note it."""
        return returning.note_return(number, data["carrier"], data["invoice_no"], **known)


class ReceiveCall(TicketAction):
    """The goods are here (A5)."""

    access: ClassVar[dict[str, Access]] = {"post": GOODS_WORK}

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Take them in."""
        with transaction.atomic():
            ticket = lock_ticket(number, version=known["version"])
            return returning.receive(ticket.number, actor=known["actor"])


class InspectIn(VersionIn):
    """What the inspection found."""

    result = serializers.ChoiceField(choices=[("pass", _("It passes")), ("fail", _("It fails"))])
    found = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    photos = serializers.ListField(
        child=serializers.FileField(max_length=120), required=False, default=list, max_length=9,
        help_text="Goods that fail are photographed (A10); they come as multipart/form-data.",
    )  # fmt: skip


class InspectCall(TicketAction):
    """Say what the inspection found (A5, A10). What passes goes back on the shelf where it is fit for sale."""

    access: ClassVar[dict[str, Access]] = {"post": GOODS_WORK}
    takes: ClassVar[type[Serializer[Any]]] = InspectIn
    parser_classes = [StrictJSONParser, MultiPartParser]
    largest_body = LARGEST_UPLOAD

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Keep it."""
        passed = data["result"] == "pass"
        return returning.inspect(number, passed=passed, found=data["found"], photos=data["photos"], **known)


class LineAmountIn(serializers.Serializer[Any]):
    """What is paid back for a line; nothing said is what its pieces were charged (A9)."""

    position = serializers.IntegerField(min_value=0, max_value=32767)
    amount = MoneyIn()


class SettleIn(VersionIn):
    """How it is settled, and of a refund what is paid back."""

    way = serializers.ChoiceField(
        choices=[
            ("refund", _("pay back, as `seen` says (A9)")),
            ("exchanged", _("send the exchange from what is kept (A7)")),
            ("resent", _("resend what was missing")),
            ("repaired", _("send what was repaired")),
            ("confirmed", _("the buyer confirms the exchange (A6)")),
            ("sent_back", _("goods that failed go back; supervisors (A10)")),
            ("taken", _("goods that failed are taken all the same; supervisors (A10)")),
            ("done", _("done without goods or money")),
        ]
    )
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    seen = MoneyIn(
        required=False, allow_null=True, default=None,
        help_text="The sum that was worked out. Another one is refused with 409, which names it: the amount seen is "
        "the amount paid.",
    )  # fmt: skip
    goods = serializers.BooleanField(default=True, help_text="The goods are paid back.")
    amounts = list_of(LineAmountIn, required=False, default=list, max_length=200)
    post_fee = MoneyIn(required=False, allow_null=True, default=None)
    return_postage = MoneyIn(required=False, default=ZERO)
    invoice = MoneyIn(required=False, default=ZERO)
    compensation = MoneyIn(required=False, default=ZERO)


class SettleCall(TicketAction):
    """Settle it (A5, A9, A10). Above the refund limit a supervisor is asked (202)."""

    takes: ClassVar[type[Serializer[Any]]] = SettleIn
    answers: ClassVar[dict[int, Any]] = {200: TicketInFull, 202: ApprovalAsked}

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Settle it the way that was asked for."""
        way, reason = data["way"], data["reason"]
        if way == "refund":
            how = {"reason": reason, "seen": data["seen"], **known}
            if Ticket.objects.filter(pk=number, goods=Goods.FAILED).exists():
                return settling.decide_failed(number, FailedChoice.REFUND, ask=_ask(number, data), **how)
            return paying_back.pay_back(number, _ask(number, data), **how)
        if way == "confirmed":
            return settling.confirm(number, **known)
        if way == "done":
            return settling.settle_as_done(number, remark=reason, **known)
        if way in ("sent_back", "taken"):
            choice = FailedChoice.SEND_BACK if way == "sent_back" else FailedChoice.ACCEPT
            return settling.decide_failed(number, choice, reason=reason, **known)
        return settling.send(number, way, **known)


def _ask(number: int, data: dict[str, Any]) -> Ask:
    lines = dict(TicketLine.objects.filter(ticket=number).values_list("line__position", "line_id"))
    unknown = [one["position"] for one in data["amounts"] if one["position"] not in lines]
    if unknown:
        raise exceptions.ValidationError({"amounts": [_("The ticket is not about this line.")]})
    return Ask(
        amounts={lines[one["position"]]: one["amount"] for one in data["amounts"]},
        goods=data["goods"],
        post_fee=data["post_fee"],
        return_postage=data["return_postage"],
        invoice=data["invoice"],
        compensation=data["compensation"],
    )


class FollowUpIn(VersionIn):
    """How satisfied the buyer is (A13)."""

    satisfaction = serializers.IntegerField(min_value=1, max_value=5)
    remark = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class FollowUpCall(TicketAction):
    """Keep how satisfied the buyer is; the ticket is closed (A13)."""

    takes: ClassVar[type[Serializer[Any]]] = FollowUpIn

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Keep it."""
        return settling.follow_up(number, data["satisfaction"], data["remark"], **known)


class CancelCall(TicketAction):
    """The buyer withdraws the request; the ticket keeps all it had (A5)."""

    takes: ClassVar[type[Serializer[Any]]] = WordsIn

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Withdraw it."""
        return deciding.withdraw(number, text=data["text"], channel=data["channel"], **known)


class EvidenceIn(serializers.Serializer[Any]):
    """A photo or video of at most 20 MiB; its type is told by its content (A12)."""

    file = serializers.FileField(max_length=120)
    stage = serializers.ChoiceField(choices=Evidence.Stage.choices, default=Evidence.Stage.REQUEST)


class EvidenceCall(TicketAction):
    """Add a photo or video (A12)."""

    access: ClassVar[dict[str, Access]] = {
        "post": Access(Permission.WORK_TICKETS, Scope.TICKETS),
    }
    takes: ClassVar[type[Serializer[Any]]] = EvidenceIn
    answers: ClassVar[Any] = EvidenceShown
    status = 201
    versioned = False
    parser_classes = [MultiPartParser]
    largest_body = LARGEST_UPLOAD

    def perform(self, number: int, data: dict[str, Any], known: dict[str, Any]) -> Any:
        """Keep it."""
        return evidence.add(number, data["file"], stage=data["stage"], actor=known["actor"])

    def tell(self, number: int, done: Evidence) -> Any:
        """What is kept."""
        return EvidenceShown(done).data
