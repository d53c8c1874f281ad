"""One request to a receiver: bounded in time, to the address that was checked, following nothing."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from shopdesk.api import addresses
from shopdesk.api.models import Delivery

WHOLE_SECONDS = 10.0  # for name, connection, request and the head of the answer together
STEP_SECONDS = 5.0
AGENT = "Shopdesk-Webhook/1"
Problem = Delivery.Problem


@dataclass(frozen=True)
class Answer:
    """What came of it: the code, where there was one, what was wrong ("" for nothing), how long it took."""

    code: int | None
    problem: str
    took_ms: int

    @property
    def there(self) -> bool:
        """Whether somebody answered at all."""
        return self.code is not None


def send(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST a body to a URL. Never raises for what a receiver does."""
    began = time.monotonic()
    code, problem = asyncio.run(_bounded(url, body, headers))
    return Answer(code, problem, round((time.monotonic() - began) * 1000))


async def _bounded(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int | None, str]:
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            code = await _post(url, body, headers)
    except addresses.Forbidden:
        return None, Problem.FORBIDDEN
    except addresses.Unresolved:
        return None, Problem.UNRESOLVED
    except (TimeoutError, httpx.TimeoutException):
        return None, Problem.TIMEOUT
    except httpx.HTTPError as error:
        tls = _caused_by(error, ssl.SSLError)
        return None, Problem.TLS if tls else Problem.CONNECTION
    except (OSError, ValueError):
        return None, Problem.CONNECTION
    if HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        return code, ""
    return code, Problem.REDIRECT if code < HTTPStatus.BAD_REQUEST else Problem.ANSWER


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    target = addresses.target_of(url)
    found = await asyncio.to_thread(addresses.resolve, target.host, target.port)
    address = addresses.choose(target, found, addresses.networks())
    # Connected is to the very address that was checked, whatever the name resolves to a moment later; the name
    # still chooses the site and is what the certificate must say.
    pinned = httpx.URL(url).copy_with(host=str(address))
    sent = {**headers, "Host": urlsplit(url).netloc, "Content-Type": "application/json", "User-Agent": AGENT}
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=STEP_SECONDS) as client,
        client.stream(
            "POST", pinned, content=body, headers=sent, extensions={"sni_hostname": target.host}
        ) as answer,
    ):
        return answer.status_code  # what it says beyond that is not read: it may never end


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
