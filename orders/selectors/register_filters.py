"""What the registers share: days in an address, and how many orders and rows a file holds."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from shopdesk.base.clock import SHANGHAI

LONGEST_NICK = 64


def read_choice(address: Mapping[str, str], name: str, choices: "list[str] | tuple[str, ...]") -> str:
    """A choice in an address; empty where it is none of ours."""
    value = address.get(name, "")
    return value if value in choices else ""


def read_text(address: Mapping[str, str], name: str) -> str:
    """What is looked for; empty where no nick or number is that long."""
    text = address.get(name, "").replace("\x00", "").strip()
    return text if len(text) <= LONGEST_NICK else ""


def read_days(address: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """From the beginning of one day until before the end of another; days are Shanghai's, both included."""
    since, until = _midnight(address.get("from", "")), _midnight(address.get("to", ""))
    return since, until + timedelta(days=1) if until else None


def _midnight(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day, time(), SHANGHAI) if 2003 <= day.year <= 2099 else None
