"""O1: every move that the table does not name is refused."""

import itertools

import pytest

from orders.states import ORDER_MOVES, Status
from shopdesk.base.errors import Conflict

ALLOWED = {
    ("pay", Status.WAIT_BUYER_PAY): Status.WAIT_SELLER_SEND_GOODS,
    ("close_unpaid", Status.WAIT_BUYER_PAY): Status.TRADE_CLOSED_BY_TAOBAO,
    ("close_refunded", Status.WAIT_SELLER_SEND_GOODS): Status.TRADE_CLOSED,
    ("close_refunded", Status.WAIT_BUYER_CONFIRM_GOODS): Status.TRADE_CLOSED,
    ("ship", Status.WAIT_SELLER_SEND_GOODS): Status.WAIT_BUYER_CONFIRM_GOODS,
    ("finish", Status.WAIT_BUYER_CONFIRM_GOODS): Status.TRADE_FINISHED,
    ("reopen", Status.TRADE_CLOSED_BY_TAOBAO): Status.WAIT_SELLER_SEND_GOODS,
}


@pytest.mark.parametrize(("move", "state"), list(itertools.product(ORDER_MOVES.moves, Status)))
def test_every_pair(move: str, state: Status) -> None:
    if (move, state) in ALLOWED:
        assert ORDER_MOVES.require(move, state) == ALLOWED[move, state]
        assert move in ORDER_MOVES.possible(state)
        return
    with pytest.raises(Conflict) as refusal:
        ORDER_MOVES.require(move, state)
    assert refusal.value.code == "O1"
    assert move not in ORDER_MOVES.possible(state)
