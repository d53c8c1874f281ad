"""People and programs that use the desk while something breaks under it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any

from shopdesk.desk.chaos.ledger import LONGEST_SECONDS, Ledger, Write

CALLERS = 4
PAUSE = 0.05
BOUNDARY = "chaosboundary7f3a"
# What each language says of a database that is away.
SAID_OF_DATABASE = {"en": "cannot reach its database", "zh-hans": "数据库"}


@dataclass(frozen=True)
class Answer:
    """What came back: 0 and why, where nothing did."""

    status: int
    text: str
    seconds: float
    cookies: str = ""

    @property
    def message(self) -> str:
        """What the API says in words."""
        with suppress(ValueError, TypeError, KeyError):
            return str(json.loads(self.text)["message"])
        return ""


@dataclass(frozen=True)
class Access:
    """How callers prove themselves: a token for programs, a session for people."""

    token: str
    session: str


def ask(
    port: int,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    patience: float = LONGEST_SECONDS,
) -> Answer:
    """One request on a connection of its own. Never raises for what the desk does."""
    began = time.monotonic()
    caller = HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        caller.request(method, path, body, dict(headers or {}))
        answer = caller.getresponse()
        status, text = answer.status, answer.read().decode(errors="replace")
        set_cookies = answer.headers.get_all("Set-Cookie") or []
    except (OSError, HTTPException) as error:
        status, text, set_cookies = 0, type(error).__name__, []
    finally:
        caller.close()
    cookies = "; ".join(cookie.partition(";")[0] for cookie in set_cookies)
    return Answer(status, text, time.monotonic() - began, cookies)


class Crowd:
    """Callers that read and write until they are told to stop; every write stands in the ledger."""

    def __init__(
        self, ports: Sequence[int], access: Access, mark: str, tids: Sequence[str], due: str
    ) -> None:
        self.ports, self.access, self.mark, self.due = list(ports), access, mark, due
        self.tids = list(tids)
        self.ledger = Ledger()
        # Answers with these are what the fault of this run may lead to.
        self.allowed = frozenset({503})
        self._stop = threading.Event()
        self._numbers = count()
        self._threads: list[threading.Thread] = []
        # Further deeds of each round, such as uploads.
        self.also: list[Callable[[int, int], None]] = []

    def __enter__(self) -> Crowd:
        self._threads = [threading.Thread(target=self._live, args=(place,)) for place in range(CALLERS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _live(self, place: int) -> None:
        while not self._stop.is_set():
            number = next(self._numbers)
            port = self.ports[(place + number) % len(self.ports)]
            tid = self.tids[number % len(self.tids)]
            self.read_page(port, "/orders/" if number % 2 else f"/orders/{tid}/")
            self._write(port, self.note(number, tid))
            self._read_call(port, f"/api/v1/orders/{tid}/")
            order = self.order(number)
            self._write(port, order)
            if order.told:
                self._write(port, self.payment(number, order.body["tid"]))
            for deed in self.also:
                deed(port, number)
            self._stop.wait(PAUSE)

    def note(self, number: int, tid: str) -> Write:
        """A note on an order."""
        key = f"{self.mark}n{number}"
        return Write("note", key, f"/api/v1/orders/{tid}/notes/", {"text": f"chaos {key}"})

    def order(self, number: int) -> Write:
        """A new order, unpaid."""
        key, tid = f"{self.mark}o{number}", f"78{int(self.mark.encode().hex(), 16) % 10**9:09d}{number:08d}"
        line = {"oid": f"{tid}1", "title": "混沌小白鞋", "price": "499.00", "num": 1}
        body = {
            "tid": tid,
            "buyer_nick": f"混沌{number % 50}",
            "status": "WAIT_BUYER_PAY",
            "payment": "499.00",
            "post_fee": "0.00",
            "created": self.due,
            "receiver_name": key,
            "receiver_address": "浙江省 杭州市 余杭区 文一西路1号",
            "receiver_mobile": "13800007620",
            "orders": [line],
        }
        return Write("order", key, "/api/v1/orders/", body)

    def payment(self, number: int, tid: str) -> Write:
        """The payment of an order that the caller was told is there."""
        key = f"{self.mark}p{number}"
        body = {"payment_no": key, "amount": "499.00", "paid_at": self.due, "method": "alipay_balance"}
        return Write("payment", key, f"/api/v1/orders/{tid}/payments/", body)

    def read_page(self, port: int, path: str, language: str = "en") -> Answer:
        """A page as somebody signed in sees it."""
        headers = {"Cookie": f"sessionid={self.access.session}; django_language={language}"}
        answer = ask(port, "GET", path, headers=headers)
        self._count_read(answer, "page")
        return answer

    def send(self, port: int, write: Write) -> Answer:
        """Send a write, or send it again by the same key; keeps what was told."""
        headers = {"Authorization": f"Token {self.access.token}", "Idempotency-Key": write.key}
        if isinstance(write.body, bytes):
            headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
            body = write.body
        else:
            headers["Content-Type"] = "application/json"
            body = json.dumps(write.body).encode()
        answer = ask(port, "POST", write.path, body=body, headers=headers)
        if 200 <= answer.status < 300:
            write.told = True
        elif 400 <= answer.status < 500:
            write.refused = f"{answer.status} {answer.message}"
        else:
            write.failed = True
        return answer

    def _write(self, port: int, write: Write) -> None:
        with self.ledger.lock:
            self.ledger.writes.append(write)
        answer = self.send(port, write)
        if not 200 <= answer.status < 300:
            self._judge(answer, f"write {write.kind}")

    def write(self, port: int, write: Write) -> None:
        """A write of a deed that a fault adds."""
        self._write(port, write)

    def _read_call(self, port: int, path: str) -> None:
        headers = {"Authorization": f"Token {self.access.token}"}
        self._count_read(ask(port, "GET", path, headers=headers), "call")

    def _count_read(self, answer: Answer, what: str) -> None:
        with self.ledger.lock:
            self.ledger.reads += 1
        if answer.status != 200:
            self._judge(answer, what)

    def _judge(self, answer: Answer, what: str) -> None:
        """Sort an error: told as it should be, or never to be shown to anybody."""
        words = answer.message or _title(answer.text) or answer.text[:40]
        if answer.status in self.allowed and "Traceback" not in answer.text:
            self.ledger.error(f"{answer.status} {words[:36]}")
        else:
            self.ledger.wrong(f"{what}: {answer.status} {words[:60]} after {answer.seconds:.0f} s")


def _title(page: str) -> str:
    return page.partition("<h1>")[2].partition("</h1>")[0].strip()


def multipart(fields: Mapping[str, Any], name: str, content: bytes) -> bytes:
    """A form with one file, as a browser sends it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
        for field, value in fields.items()
    ]
    parts.append(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + content
        + b"\r\n"
    )
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def upload_list(port: int, access: Access, *, htmx: bool = False) -> Answer:
    """Upload a list by the page; answers what the page shows then."""
    token = "c" * 32
    cookie = f"sessionid={access.session}; csrftoken={token}"
    body = multipart({}, "orders.csv", b"x" * 60_000).replace(b'name="file"', b'name="files"')
    headers = {
        "Cookie": cookie,
        "X-CSRFToken": token,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    if htmx:
        return ask(
            port, "POST", "/orders/import/upload/", body=body, headers=headers | {"HX-Request": "true"}
        )
    sent = ask(port, "POST", "/orders/import/upload/", body=body, headers=headers)
    # The message waits in a cookie until the next page.
    return ask(port, "GET", "/orders/import/", headers={"Cookie": f"{cookie}; {sent.cookies}"})
