"""What programs are shown of tickets. Who may not see prices gets ``null`` in their place, and no phone (T1)."""

from typing import Any

from django.utils.functional import cached_property
from rest_framework import serializers

from afterservice.models import Clock, Evidence, Ticket, TicketMessage
from orders.selectors.discretion import without_phones
from shopdesk.api.showing import Shown
from shopdesk.base.permissions import Permission

PRICES = ("postage_due", "difference_due", "owed", "platform_fee")


class TicketLineShown(serializers.Serializer[Any]):
    """Goods that the ticket is about, and what is wanted instead."""

    position = serializers.IntegerField(read_only=True)
    title = serializers.CharField(read_only=True)
    sku_properties_name = serializers.CharField(read_only=True)
    num = serializers.IntegerField(read_only=True)
    target_sku_id = serializers.IntegerField(read_only=True, allow_null=True)
    target = serializers.CharField(read_only=True, allow_null=True)


class TicketListed(Shown):
    """One ticket of the list. Its case, decision, goods and money move separately (A5)."""

    no = serializers.CharField(source="number", read_only=True)
    tid = serializers.CharField(source="order_id", read_only=True)
    buyer_nick = serializers.CharField(source="buyer_id", read_only=True, allow_null=True)
    owner = serializers.CharField(source="owner.signature", read_only=True, default=None, allow_null=True)
    tied_tid = serializers.CharField(source="tied_order_id", read_only=True, allow_null=True)

    class Meta:
        model = Ticket
        fields: tuple[str, ...] = (
            "no", "version", "tid", "buyer_nick", "kind", "problem", "category", "priority", "case", "decision",
            "goods", "money", "owner", "opened_at", "answered_at", "decided_at", "verdict", "verdict_rule",
            "refusal",
            "received_time", "received_source", "tied_tid", "postage_due", "difference_due", "address_given_at",
            "return_carrier", "return_invoice_no", "sent_at", "received_at", "inspected_at", "inspection",
            "parcel_id",
            "owed", "settlement", "settled_at", "satisfaction", "remark", "closed_at", "close_reason", "platform_no",
            "platform_fee", "next_due_at", "awaits",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {name: {"allow_null": True} for name in PRICES}

    parcel_id = serializers.IntegerField(read_only=True, allow_null=True)

    def to_representation(self, instance: Ticket) -> dict[str, Any]:
        """The ticket as this account may see it."""
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context["staff"].may(Permission.SEE_PRICES):
            shown.update(dict.fromkeys(PRICES))
        return shown


class TicketShown(serializers.Serializer[Any]):
    """A ticket and its goods."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The ticket's own fields, and its lines."""
        return {
            **self._listed.to_representation(instance.ticket),
            "lines": self.fields["lines"].to_representation(instance.lines),
        }

    @cached_property
    def _listed(self) -> TicketListed:
        # One for all tickets of a list: to build it takes longer than to use it.
        return TicketListed(context=self.context)

    def get_fields(self) -> dict[str, Any]:
        """The same, for the schema."""
        return {
            **TicketListed(context=self.context).get_fields(),
            "lines": TicketLineShown(many=True, read_only=True),
        }


class MessageShown(Shown):
    """Something that was said (A12)."""

    class Meta:
        model = TicketMessage
        fields = ("id", "side", "channel", "text", "at")
        read_only_fields = fields


class ClockShown(Shown):
    """A clock that runs: what is awaited from whom, until when, and what happens then (A6)."""

    class Meta:
        model = Clock
        fields = ("kind", "awaits", "at_zero", "due_at", "paused_at", "expired_at")
        read_only_fields = fields


class EvidenceShown(Shown):
    """A photo or video (A12)."""

    class Meta:
        model = Evidence
        fields = ("id", "stage", "name", "content_type", "size", "added_at")
        read_only_fields = fields


class TicketInFull(TicketShown):
    """A ticket with all that was said, its clocks and its evidence."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The ticket, its log, its clocks, its evidence."""
        row, messages, clocks, evidence = instance
        said: list[Any] = list(MessageShown(messages, many=True).data)
        if not self.context["staff"].may(Permission.REVEAL_PHONE):
            said = [{**one, "text": without_phones(one["text"])} for one in said]
        return {
            **super().to_representation(row),
            "messages": said,
            "clocks": ClockShown(clocks, many=True).data,
            "evidence": EvidenceShown(evidence, many=True).data,
        }

    def get_fields(self) -> dict[str, Any]:
        """The same, for the schema."""
        return {
            **super().get_fields(),
            "messages": MessageShown(many=True, read_only=True),
            "clocks": ClockShown(many=True, read_only=True),
            "evidence": EvidenceShown(many=True, read_only=True),
        }
