"""Creating an order, or bringing it forward, from what a program tells (D1)."""

from typing import Any

from rest_framework import serializers

from orders.imports.addresses import receiver_of
from orders.imports.rows import ItemRow, OrderRow
from orders.states import CloseReason, Status
from shopdesk.api.fields import INTEGER, MomentIn, MoneyIn, TidIn, list_of

MOST_LINES = 200
MOST_PIECES = 1_000_000
# Taobao's states that the shop has no word of its own for (O1).
PARTLY_SHIPPED, SIGNED = "SELLER_CONSIGNED_PART", "TRADE_BUYER_SIGNED"
UNPAID_TOO = ("TRADE_NO_CREATE_PAY",)
PENDING = ("PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM")
_ALSO = {
    PARTLY_SHIPPED: Status.WAIT_SELLER_SEND_GOODS,
    SIGNED: Status.WAIT_BUYER_CONFIRM_GOODS,
    **dict.fromkeys(UNPAID_TOO + PENDING, Status.WAIT_BUYER_PAY),
}
STATES = [
    *Status.choices,
    (PARTLY_SHIPPED, "Paid, some of it shipped"),
    (SIGNED, "Shipped, signed for"),
    (UNPAID_TOO[0], "Waiting for payment, none begun"),
    (PENDING[0], "Waiting for payment, one by a foreign card being confirmed"),
    (PENDING[1], "Waiting for payment, one out of savings being confirmed"),
]


def _text(length: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=length, **more)


class LineTold(serializers.Serializer[Any]):
    """A line, known by its `oid` or else by its place in the list (D1)."""

    oid = serializers.RegexField(r"^[0-9A-Za-z-]{1,32}$", required=False, max_length=32)
    title = serializers.CharField(max_length=200)
    price = MoneyIn()
    num = serializers.IntegerField(min_value=1, max_value=MOST_PIECES)
    sku_properties_name = _text(200)
    outer_sku_id = _text(64)
    num_iid = serializers.RegexField(r"^[0-9]{1,32}$", required=False, max_length=32)
    payment = MoneyIn(required=False, help_text="What the line costs after discount; else price × num.")
    refund_status = _text(64)
    refund_fee = MoneyIn(required=False)

    def row(self, tid: str, place: int, line: dict[str, Any]) -> ItemRow:
        """As a row of an item list."""
        told = {name: value for name, value in line.items() if name != "payment"}
        return ItemRow(row=place, tid=tid, goods_payable=line.get("payment"), **told)


class OrderTold(serializers.Serializer[Any]):
    """An order as the shop's platform or storefront has it. What is left out stays as it is."""

    tid = TidIn()
    buyer_nick = serializers.CharField(max_length=64, required=False)
    status = serializers.ChoiceField(choices=STATES, required=False)
    payment = MoneyIn(required=False, help_text="What the buyer pays in all. A new order needs it.")
    post_fee = MoneyIn(required=False)
    goods_payable = MoneyIn(required=False)
    received_payment = MoneyIn(required=False, help_text="What was paid so far.")
    payment_no = _text(64)
    refund_fee = MoneyIn(required=False)
    created = MomentIn(required=False, help_text="When the buyer placed it (O4). A new order needs it.")
    pay_time = MomentIn(required=False)
    consign_time = MomentIn(required=False)
    end_time = MomentIn(required=False)
    buyer_message = _text(2000)
    seller_memo = _text(2000)
    receiver_name = _text(64)
    receiver_state = _text(8, help_text="Read from the address where it is left out (S2).")
    receiver_address = _text(500)
    receiver_zip = _text(12)
    receiver_mobile = _text(32)
    receiver_phone = _text(32)
    logistics_company = _text(64)
    invoice_no = _text(128)
    orders = list_of(LineTold, required=False, allow_empty=True, max_length=MOST_LINES)

    def rows(self) -> tuple[OrderRow, list[ItemRow]]:
        """As rows of an order list and an item list. Call it on valid data."""
        told = dict(self.validated_data)
        tid, lines = told["tid"], told.pop("orders", [])
        paid = told.pop("received_payment", None)
        said = told.pop("status", None)
        facts: dict[str, Any] = {"paid_fee": paid, **told}
        if said is not None:
            facts["status"] = str(_ALSO.get(said, said))
            facts["partly_shipped"] = said == PARTLY_SHIPPED
            facts["signed"] = said == SIGNED
            facts["payment_pending"] = said in PENDING
        if facts.get("status") == Status.TRADE_CLOSED_BY_TAOBAO:
            facts["close_reason"] = CloseReason.UNPAID
        if paid is None and told.get("pay_time") is not None and said != Status.WAIT_BUYER_PAY:
            facts["paid_fee"] = told.get("payment")
        if lines:
            facts["num"] = min(sum(line["num"] for line in lines), INTEGER)
        self._read_receiver(facts)
        one = LineTold()
        return OrderRow(row=1, **facts), [one.row(tid, place, line) for place, line in enumerate(lines, 1)]

    @staticmethod
    def _read_receiver(facts: dict[str, Any]) -> None:
        if address := facts.get("receiver_address"):
            facts["receiver_state"] = (
                receiver_of(facts.get("receiver_state") or address).state or receiver_of(address).state
            )
        elif state := facts.get("receiver_state"):
            facts["receiver_state"] = receiver_of(state).state


class OrderPlaced(serializers.Serializer[Any]):
    """What became of it."""

    tid = serializers.CharField(read_only=True)
    outcome = serializers.ChoiceField(
        read_only=True,
        choices=[
            ("created", "It is new"),
            ("updated", "It was brought forward"),
            ("unchanged", "All of it was known"),
            ("waiting", "It says too little for a new order: kept until the rest comes"),
        ],
    )
    lines = serializers.IntegerField(read_only=True, help_text="How many lines were written.")
