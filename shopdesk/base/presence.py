"""Who else has a subject open at this moment (T5): heartbeats in Valkey, nothing in the database.

Nothing depends on it: where Valkey cannot be reached, nobody is named.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import redis
import structlog
from django.conf import settings

from shopdesk.base import clock
from shopdesk.base.models import Staff

# Seconds between the heartbeats of an open page, and until a page that was left is forgotten.
BEAT_EVERY = 5
FORGOTTEN_AFTER = 14
# Seconds: a page waits no longer for a Valkey that does not answer.
PATIENCE = 0.3
logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Present:
    """Somebody who has the subject open: since when, and whether they are writing."""

    name: str
    since: datetime
    writing: bool


@cache
def _client() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, decode_responses=True
    )


def beat(subject_kind: str, subject_id: str, staff: Staff, *, writing: bool = False) -> list[Present]:
    """Say that somebody has a subject open; answers who else has, first come first."""
    now = clock.now().timestamp()
    try:
        return _beat(f"presence:{subject_kind}:{subject_id}", staff, now, writing=writing)
    except redis.RedisError:
        logger.info("nobody can be named as present", kind=subject_kind)
        return []


def _beat(key: str, staff: Staff, now: float, *, writing: bool) -> list[Present]:
    """``key`` is a sorted set of who was last heard when; beside it, since when each is here, and what they do."""
    client, who, about = _client(), str(staff.pk), f"{key}:about"
    with client.pipeline() as pipe:
        pipe.zremrangebyscore(key, "-inf", now - FORGOTTEN_AFTER)
        pipe.zscore(key, who)
        pipe.hget(about, who)
        _gone, heard, before = pipe.execute()
    since = json.loads(before)["since"] if heard is not None and before else now
    with client.pipeline() as pipe:
        pipe.zadd(key, {who: now})
        pipe.hset(about, who, json.dumps({"name": str(staff), "since": since, "writing": writing}))
        pipe.expire(key, FORGOTTEN_AFTER * 2)
        pipe.expire(about, FORGOTTEN_AFTER * 2)
        pipe.zrange(key, 0, -1)
        pipe.hgetall(about)
        *_written, here, told = pipe.execute()
    others = [json.loads(told[one]) for one in here if one != who and one in told]
    return [
        Present(one["name"], datetime.fromtimestamp(one["since"], UTC), one["writing"])
        for one in sorted(others, key=lambda one: one["since"])
    ]
