"""Where webhooks may be delivered to: nowhere inside our own network, whatever a name resolves to (SSRF)."""

import socket
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LONGEST_URL = 500
PATIENCE = 3.0  # seconds that a manager waits for a name
_TRANSLATED = IPv6Network("64:ff9b::/96")  # NAT64: the last 32 bits are an IPv4 address


class Forbidden(Exception):
    """The address lies where nothing is delivered to."""


class Unresolved(Exception):
    """Nobody knows the host name."""


@dataclass(frozen=True)
class Target:
    """A URL taken apart."""

    scheme: str
    host: str
    port: int


def target_of(url: str) -> Target:
    """Take a URL apart. Raises ``ValueError`` for what is no address of a webhook."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError(url)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError(url)
    if parts.fragment or parts.port == 0:
        raise ValueError(url)
    return Target(parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))


def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a host. Raises ``Unresolved``."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(host) from error
    return [ip_address(str(where[0]).partition("%")[0]) for *_rest, where in found]


def is_public(address: Address) -> bool:
    """Whether an address belongs to the internet at large, and so does what is wrapped in it."""
    if isinstance(address, IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def choose(target: Target, found: Iterable[Address], allowed: Collection[Network]) -> Address:
    """The address to connect to. Raises ``Forbidden`` when one of them is neither public nor allowed.

    Without TLS only to networks that a setting allows: an order is not told in the open.
    """
    addresses = list(found)
    if not addresses:
        raise Unresolved(target.host)
    for address in addresses:
        if any(address.version == network.version and address in network for network in allowed):
            continue
        if target.scheme != "https" or not is_public(address):
            raise Forbidden(str(address))
    return addresses[0]


def check_url(url: str) -> None:
    """Refuse what is no address to deliver to. Raises ``DomainError`` (T1).

    A name that nobody knows now may be known tomorrow: it is taken, since each delivery checks again.
    """
    try:
        target = target_of(url)
    except ValueError as error:
        raise DomainError(
            "T1", _("Enter an address such as https://shop.example.com/hook."), field="url"
        ) from error
    pool = ThreadPoolExecutor(1)
    try:
        choose(target, pool.submit(resolve, target.host, target.port).result(PATIENCE), networks())
    except (Unresolved, TooLate):
        if target.scheme != "https":
            raise _not_there() from None
    except Forbidden:
        raise _not_there() from None
    finally:
        pool.shutdown(wait=False)


def networks() -> Collection[Network]:
    """The private networks that webhooks may be delivered to."""
    allowed: Collection[Network] = settings.WEBHOOK_PRIVATE_NETWORKS
    return allowed


def _not_there() -> DomainError:
    return DomainError(
        "T1",
        _(
            "Webhooks go to https addresses on the internet only. Whoever runs the desk can allow others by the "
            "setting WEBHOOK_PRIVATE_NETWORKS."
        ),
        field="url",
    )


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
