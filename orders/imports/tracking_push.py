"""What Kuaidi100 pushes about a parcel (F7): a form with ``param``, which is JSON, and its ``sign``.

``param`` holds the newest result in ``lastResult``: carrier (``com``), number (``nu``), state, and all that
happened so far in ``data``, newest first. An order abroad has the foreign carrier's in ``destResult`` too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from orders.imports.cells import moment
from orders.imports.errors import CellRefused
from orders.rules.deliveries import News, TrackingState, state_of

MAX_PIECES = 1_000  # no parcel has as much news
MAX_NUMBER, MAX_CARRIER, MAX_TEXT = 64, 24, 500


class PushRefused(ValueError):
    """What was pushed cannot be read; the text says why, for whoever looks into Kuaidi100's log."""


def signature(param: str, key: str) -> str:
    """The sign that belongs to a ``param``: MD5 of it and the key, in capitals."""
    return hashlib.md5(f"{param}{key}".encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()


def is_signed(param: str, sign: str, key: str) -> bool:
    """Whether somebody signed ``param`` who knows the key; without a key nobody can."""
    told = sign.strip().upper().encode("utf-8", "replace")
    return bool(key) and hmac.compare_digest(signature(param, key).encode(), told)


def read_push(param: str) -> list[News]:
    """The news in a push; empty where it only tells that nothing was found. Raises ``PushRefused``."""
    try:
        pushed = json.loads(param)
    except (ValueError, RecursionError):
        raise PushRefused("param is not JSON") from None
    if not isinstance(pushed, dict) or not isinstance(pushed.get("lastResult"), dict):
        raise PushRefused("param has no lastResult")
    news = _news_of(pushed["lastResult"])
    if isinstance(abroad := pushed.get("destResult"), dict) and abroad.get("data"):
        news += _news_of(abroad)
    return news


def _news_of(result: Mapping[str, Any]) -> list[News]:
    number, carrier = _text(result.get("nu"), MAX_NUMBER), _text(result.get("com"), MAX_CARRIER)
    data = result.get("data") or []
    if not number or not isinstance(data, list):
        raise PushRefused("lastResult has no nu, or its data is no list")
    newest_state = state_of(_text(result.get("state"), MAX_CARRIER))
    news = [
        piece
        for item in data[:MAX_PIECES]
        if isinstance(item, dict) and (piece := _piece(item, carrier, number)) is not None
    ]
    if not news:
        return []
    if newest_state is None:
        raise PushRefused("lastResult has no state of Kuaidi100's")
    newest = max(news, key=lambda piece: piece.at)  # the first of those: the list begins with the newest
    return [
        News(carrier, number, newest_state, piece.at, piece.text) if piece is newest else piece
        for piece in news
    ]


def _piece(item: Mapping[str, Any], carrier: str, number: str) -> News | None:
    """One thing that happened; without a time that can be read it says nothing."""
    try:
        at = moment(_text(item.get("ftime") or item.get("time"), MAX_CARRIER))
    except CellRefused:
        return None
    if at is None:
        return None
    told = (state_of(_text(item.get(name), MAX_CARRIER)) for name in ("statusCode", "status"))
    state = next((code for code in told if code is not None), TrackingState.ON_THE_WAY)
    return News(carrier, number, state, at, _text(item.get("context"), MAX_TEXT))


def _text(value: Any, length: int) -> str:
    """A value as text that can be stored; "" for what is none."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return str(value).encode("utf-8", "ignore").decode().replace("\x00", "").strip()[:length]
