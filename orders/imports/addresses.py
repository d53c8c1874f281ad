"""The receiver that one address cell of an export names (D2, S2)."""

from __future__ import annotations

import re
from typing import NamedTuple

from orders.imports.cells import phone
from shipping.provinces import province_of

# 姓名，86-手机，省 市 区 …; either part may be masked with asterisks.
_NAME_PHONE_ADDRESS = re.compile(r"([^，,]{1,64})[，,]\s*(\+?[0-9*][0-9*-]{4,30})[，,]\s*(.+)", re.DOTALL)
_ZIP = re.compile(r"\s*[(（]([0-9]{5,10})[)）]$", re.ASCII)
NO_ZIP = "000000"


class Receiver(NamedTuple):
    """Who and where; "" for what the cell does not say. `state` is one of `shipping.provinces.PROVINCES`."""

    name: str
    mobile: str
    state: str
    address: str
    zip: str


def receiver_of(text: str) -> Receiver:
    """Takes a cleaned address cell apart; the address keeps every word but name, phone and postcode."""
    name = mobile = zip_code = ""
    if ("，" in text or "," in text) and (parts := _NAME_PHONE_ADDRESS.fullmatch(text)):
        name, mobile, text = parts[1].strip(), phone(parts[2]), parts[3]
    if text[-1:] in (")", "）") and (found := _ZIP.search(text)):
        text = text[: found.start()]
        zip_code = "" if found[1] == NO_ZIP else found[1]
    return Receiver(name, mobile, province_of(text) or "", text, zip_code)
