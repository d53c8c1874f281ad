"""``/metrics`` for Prometheus: what requests took, what the jobs did, what waits.

Requests are counted where they are answered: every web process keeps its own file in ``METRICS_DIR``, and whichever
is asked adds up those of its machine. Runs of jobs are counted in the broker, since workers answer no requests; what
waits is read from database and broker when somebody asks. A part that cannot be read is left out and counted in
``shopdesk_metrics_unreadable``: the rest still arrives while something is down.
"""

import contextlib
import hmac
import ipaddress
import json
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Exists, Max, Min, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from shopdesk.base import clock
from shopdesk.base.models import Approval, JobRun

logger = structlog.get_logger(__name__)
TALLIES = "shopdesk:metrics:jobs"
QUEUE = "celery"
QUEUED_AT = "queued_at"  # the header of a task that says when it was queued, in seconds since 1970
OUTCOMES = ("done", "error")
RUNS_LOOKED_AT = timedelta(days=8)  # the rarest job runs once a week

request_seconds = Histogram(
    "shopdesk_request_seconds",
    "How long requests took, by view, method and class of the answer.",
    ["view", "method", "answer"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30),
)

Reading = Callable[[datetime], int]
_waiting: dict[str, Reading] = {}


def register_due(name: str, reading: Reading) -> None:
    """Let an app show how many of its deadlines passed and were not acted on. Called once, from its ``ready``."""
    _waiting[name] = reading


def count_run(job: str, outcome: str, seconds: float) -> None:
    """Count a run of a job. Where the broker is away the run stands all the same, uncounted."""
    with contextlib.suppress(redis.RedisError), _broker() as broker, broker.pipeline() as pipeline:
        pipeline.hincrby(TALLIES, f"{job}:{outcome}", 1)
        pipeline.hincrbyfloat(TALLIES, f"{job}:seconds", seconds)
        pipeline.execute()


def metrics(request: HttpRequest) -> HttpResponse:
    """Answers Prometheus, or 403 to anybody who has neither the token nor one of the addresses."""
    if not may_read(request):
        return HttpResponse(
            "Neither METRICS_TOKEN nor METRICS_ADDRESSES lets you in.\n",
            status=403,
            content_type="text/plain",
        )
    registry = CollectorRegistry()
    if settings.METRICS_DIR:
        MultiProcessCollector(registry, path=settings.METRICS_DIR)
    else:
        registry.register(request_seconds)
    registry.register(_Desk())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Whether a request may read the figures: by ``Authorization: Bearer …``, or from an address that is named."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_ADDRESSES)


class TimingMiddleware:
    """Measures each request by the view that answers it."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        # Addresses that lead nowhere share one name: whoever tries thousands makes no thousands of series.
        view = match.view_name or match.route if match else "none"
        method = request.method if request.method in ("GET", "POST", "HEAD") else "other"
        answer = f"{response.status_code // 100}xx"
        request_seconds.labels(view, method, answer).observe(time.perf_counter() - began)
        return response


class _Desk:
    """What is read at the moment of asking."""

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: what is there depends on what has happened."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Every part that can be read, and how many could not."""
        unreadable = 0
        now = clock.now()
        for part in (_jobs_counted, _jobs_reported, _queue, _waits):
            try:
                yield from part(now)
            except (redis.RedisError, DatabaseError):
                unreadable += 1
                logger.warning("metrics unreadable", part=part.__name__, exc_info=True)
        yield _gauge(
            "shopdesk_metrics_unreadable", "Parts of this answer that could not be read.", unreadable
        )


def _jobs_counted(now: datetime) -> list[Metric]:
    runs = CounterMetricFamily(
        "shopdesk_job_runs", "Runs of a job, by how they ended.", labels=["job", "outcome"]
    )
    took = SummaryMetricFamily("shopdesk_job_seconds", "How long the runs of a job took.", labels=["job"])
    with _broker() as broker:
        tallies = {key.decode(): float(value) for key, value in broker.hgetall(TALLIES).items()}
    for job in sorted({key.partition(":")[0] for key in tallies}):
        counts = {outcome: tallies.get(f"{job}:{outcome}", 0) for outcome in OUTCOMES}
        for outcome, count in counts.items():
            runs.add_metric([job, outcome], count)
        took.add_metric([job], int(sum(counts.values())), tallies.get(f"{job}:seconds", 0))
    return [runs, took]


def _jobs_reported(now: datetime) -> list[Metric]:
    last = GaugeMetricFamily(
        "shopdesk_job_last_success_timestamp_seconds", "When a job last ended well.", labels=["job"]
    )
    running = GaugeMetricFamily(
        "shopdesk_job_oldest_running_seconds",
        "How long the oldest run without an end is under way, of those after which no other ended well.",
        labels=["job"],
    )
    recent = JobRun.objects.filter(started_at__gt=now - RUNS_LOOKED_AT, dry_run=False)
    # A run that was killed has no end; what it left undone, the next one did.
    made_up = recent.filter(
        name=OuterRef("name"), started_at__gt=OuterRef("started_at"), ended_at__isnull=False, error=""
    )
    is_open = Q(~Exists(made_up), ended_at__isnull=True)
    for row in recent.values("name").annotate(
        ended=Max("ended_at", filter=Q(error="")), open=Min("started_at", filter=is_open)
    ):
        if row["ended"]:
            last.add_metric([row["name"]], row["ended"].timestamp())
        if row["open"]:
            running.add_metric([row["name"]], (now - row["open"]).total_seconds())
    return [last, running]


def _queue(now: datetime) -> list[Metric]:
    with _broker() as broker:
        length, oldest = broker.llen(QUEUE), broker.lindex(QUEUE, -1)
    queued_at = json.loads(oldest).get("headers", {}).get(QUEUED_AT) if oldest else None
    age = max(0.0, time.time() - queued_at) if queued_at else 0
    return [
        _gauge("shopdesk_queue_tasks", "Tasks that no worker has taken yet.", length),
        _gauge("shopdesk_queue_age_seconds", "How long the oldest task waits for a worker.", age),
    ]


def _waits(now: datetime) -> list[Metric]:
    due = GaugeMetricFamily(
        "shopdesk_clocks_due", "Deadlines that passed and were not acted on.", labels=["clock"]
    )
    for name, reading in sorted(_waiting.items()):
        due.add_metric([name], reading(now))
    asked = Approval.objects.filter(status=Approval.Status.PENDING).count()
    return [due, _gauge("shopdesk_approvals_pending", "Requests that wait for a supervisor.", asked)]


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _broker() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
