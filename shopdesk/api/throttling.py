"""How often a caller may call: counted by the minute, in Valkey, for all web processes together."""

from functools import cache
from typing import Any

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from shopdesk.api.models import ApiToken
from shopdesk.base import clock
from shopdesk.base.forgetful_cache import OPTIONS

MINUTE = 60
SESSION_CALLS_A_MINUTE = 600


@cache
def _valkey() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, **OPTIONS)


class CallsAMinute(BaseThrottle):
    """At most as many calls in a minute as the token allows; a person's session has 600."""

    _seconds_left = MINUTE

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the call; nobody who did not sign in gets as far as anything worth counting."""
        if not request.user.is_authenticated:
            return True
        token = request.auth
        allowed = token.calls_a_minute if isinstance(token, ApiToken) else SESSION_CALLS_A_MINUTE
        seconds = int(clock.now().timestamp())
        self._seconds_left = MINUTE - seconds % MINUTE
        key = f"api-calls:{request.user.pk}:{seconds // MINUTE}"
        try:
            with _valkey().pipeline(transaction=False) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, 2 * MINUTE)
                calls, _kept = pipeline.execute()
        except redis.RedisError:
            return True  # nobody counts while Valkey is away, and nobody is refused for that
        return bool(calls <= allowed)

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return float(self._seconds_left)
