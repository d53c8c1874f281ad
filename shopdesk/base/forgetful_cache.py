"""The cache in Valkey, which nothing depends on: where Valkey does not answer, it is as if it were empty."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import redis
import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.retry import Retry

# Seconds: a page waits no longer for a Valkey that does not answer.
PATIENCE = 1.0
# A connection that Valkey closed, as when it was started anew, is made once more at once.
OPTIONS = {
    "socket_connect_timeout": PATIENCE,
    "socket_timeout": PATIENCE,
    "retry": Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
}
Answer = TypeVar("Answer")
logger = structlog.get_logger(__name__)


class OneClient(RedisCacheClient):
    """Django makes a client for every call; one for all threads takes its connections from the same pool."""

    @cached_property
    def _made(self) -> redis.Redis:
        client: redis.Redis = super().get_client()
        return client

    def get_client(self, key: Any = None, *, write: bool = False) -> redis.Redis:
        """The one that was made: there is one server, for reading and writing."""
        return self._made


class ForgetfulCache(RedisCache):
    """Finds nothing and keeps nothing while Valkey is away."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params | {"OPTIONS": OPTIONS | params.get("OPTIONS", {})})
        self._class = OneClient

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """``False`` while Valkey is away: it was not kept."""
        return self._try(lambda: super(ForgetfulCache, self).add(key, value, timeout, version), False)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """The default while Valkey is away."""
        return self._try(lambda: super(ForgetfulCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        """Keeps nothing while Valkey is away."""
        self._try(lambda: super(ForgetfulCache, self).set(key, value, timeout, version), None)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """``False`` while Valkey is away: there is nothing."""
        return self._try(lambda: super(ForgetfulCache, self).touch(key, timeout, version), False)

    def delete(self, key: Any, version: Any = None) -> bool:
        """``False`` while Valkey is away: there was nothing."""
        return self._try(lambda: super(ForgetfulCache, self).delete(key, version), False)

    def has_key(self, key: Any, version: Any = None) -> bool:
        """``False`` while Valkey is away."""
        return self._try(lambda: super(ForgetfulCache, self).has_key(key, version), False)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Raises ``ValueError`` for a key that is not there, and so while Valkey is away."""
        counted: int | None = self._try(lambda: super(ForgetfulCache, self).incr(key, delta, version), None)
        if counted is None:
            raise ValueError(key)
        return counted

    @staticmethod
    def _try(ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        try:
            return ask()
        except redis.RedisError:
            logger.info("the cache does not answer")
            return otherwise
