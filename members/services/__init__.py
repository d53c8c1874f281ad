"""Every write to buyers: the ledger, the tiers, free shipping for life, the starting balance."""

from members.services.ledger import Spent, prove_spend, record_spend
from members.services.meeting import meet_buyers
from members.services.tiers import change_tiers, ensure_starting_tiers

__all__ = ["Spent", "change_tiers", "ensure_starting_tiers", "meet_buyers", "prove_spend", "record_spend"]
