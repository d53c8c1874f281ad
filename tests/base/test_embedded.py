"""The embedded servers, started, killed and found again for real, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from kombu import Connection

from shopdesk.embedded import EmbeddedServerError, PostgresCluster, ValkeyServer, celery_broker_url
from shopdesk.embedded.server import Server

PROJECT = Path(__file__).resolve().parents[2]
START = """
import sys
from pathlib import Path
from shopdesk import embedded
server = getattr(embedded, sys.argv[1])(Path(sys.argv[2]))
server.start()
print(server.url)
"""


def make_folder() -> Path:
    """A project folder that other accounts can reach, which pytest's own temporary folders are not."""
    path = Path(tempfile.mkdtemp(prefix="desk-"))
    path.chmod(0o755)
    return path


@pytest.fixture
def folder() -> Iterator[Path]:
    path = make_folder()
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def shared_cluster() -> Iterator[PostgresCluster]:
    """Initialising a cluster is most of a test's time, so those that leave it whole share one."""
    path = make_folder()
    server = PostgresCluster(path / "var" / "postgres")
    yield server
    server.stop()
    shutil.rmtree(path)


@pytest.fixture
def cluster(shared_cluster: PostgresCluster) -> PostgresCluster:
    shared_cluster.start()
    with psycopg.connect(shared_cluster.url) as connection:
        connection.execute("DROP TABLE IF EXISTS kept")
        connection.execute("DROP EXTENSION IF EXISTS pg_trgm")
    return shared_cluster


@pytest.fixture
def valkey(folder: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(folder / "var" / "valkey")
    server.start()
    yield server
    server.stop()


def process_id(server: Server) -> int:
    return int((server.folder / "alive.lock").read_text())


def process_that_answers(server: Server) -> int:
    if isinstance(server, PostgresCluster):
        return int((server.data / "postmaster.pid").read_text().splitlines()[0])
    with redis.Redis.from_url(server.url) as client:
        return int(client.info("server")["process_id"])


def kill_hard(server: Server) -> None:
    os.kill(process_id(server), signal.SIGKILL)
    while server.is_alive():
        time.sleep(0.01)


def write_row(cluster: PostgresCluster) -> None:
    with psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE kept (title text)")
        connection.execute("INSERT INTO kept VALUES ('大衣')")


def read_rows(cluster: PostgresCluster) -> list[tuple[str, ...]]:
    with psycopg.connect(cluster.url) as connection:
        return connection.execute("SELECT title FROM kept").fetchall()


@pytest.mark.parametrize("kind", [PostgresCluster, ValkeyServer])
def test_processes_that_start_at_once_share_one_server(kind: type[Server], folder: Path) -> None:
    command = [sys.executable, "-c", START, kind.__name__, str(folder / "server")]
    starters = [subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    addresses = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    server = kind(folder / "server")
    try:
        assert [starter.returncode for starter in starters] == [0, 0, 0]
        assert addresses == [server.url] * 3
        assert process_that_answers(server) == process_id(server)
        log = (server.folder / "log").read_text()
        assert log.count("starting PostgreSQL") == (1 if kind is PostgresCluster else 0)
        server.start()
        assert process_that_answers(server) == process_id(server)
    finally:
        server.stop()
    assert not server.is_alive()


def test_cluster_is_utf8_utc_and_finds_chinese_trigrams(cluster: PostgresCluster) -> None:
    with psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        trigrams = connection.execute("SELECT cardinality(show_trgm('大衣'))").fetchone()
        shown = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('TimeZone'),"
            " current_setting('fsync'), current_setting('listen_addresses'),"
            " current_setting('max_connections')"
        ).fetchone()
    assert trigrams == (3,)
    assert shown == ("UTF8", "UTC", "on", "", "200")


def test_data_survive_a_stop(cluster: PostgresCluster) -> None:
    write_row(cluster)
    assert cluster.stop() is True
    assert cluster.stop() is False
    assert not cluster.answers()
    cluster.start()
    assert read_rows(cluster) == [("大衣",)]


def test_data_survive_a_kill(cluster: PostgresCluster) -> None:
    write_row(cluster)
    first = process_id(cluster)
    kill_hard(cluster)
    cluster.start()
    assert process_id(cluster) != first
    assert read_rows(cluster) == [("大衣",)]


def test_stale_pid_file_with_another_programs_number(cluster: PostgresCluster) -> None:
    write_row(cluster)
    pid_files = [cluster.data / "postmaster.pid", cluster.socket.with_name(f"{cluster.socket_name}.lock")]
    contents = [pid_file.read_text().splitlines(keepends=True)[1:] for pid_file in pid_files]
    kill_hard(cluster)
    for pid_file, lines in zip(pid_files, contents, strict=True):
        pid_file.write_text("".join([f"{os.getpid()}\n", *lines]))
    (cluster.folder / "alive.lock").write_text(str(os.getpid()))
    assert not cluster.answers()
    cluster.stop()  # must not signal the program that has the number now: this one
    cluster.start()
    assert read_rows(cluster) == [("大衣",)]


def test_half_made_cluster_is_made_anew(cluster: PostgresCluster) -> None:
    cluster.stop()
    cluster.data.rename(cluster.home / "data.unfinished")
    cluster.start()
    assert cluster.is_complete()


def test_missing_database_is_made(cluster: PostgresCluster) -> None:
    with psycopg.connect(cluster.url.replace("/shopdesk?", "/postgres?"), autocommit=True) as connection:
        connection.execute("DROP DATABASE shopdesk")
    cluster.start()
    with psycopg.connect(cluster.url) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("shopdesk",)


def test_data_of_another_version_are_refused_in_plain_words(cluster: PostgresCluster) -> None:
    cluster.stop()
    version_file = cluster.data / "PG_VERSION"
    version_file.write_text("16\n")
    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 16, but 18 is installed"):
        cluster.start()
    version_file.write_text("18\n")


@pytest.mark.parametrize("kind", [PostgresCluster, ValkeyServer])
@pytest.mark.parametrize("name", ["d" * 120, "桌 面'?#%"])
def test_long_and_odd_paths(kind: type[Server], name: str, folder: Path) -> None:
    server = kind(folder / name / "server")
    server.start()
    try:
        assert len(str(server.socket)) < 100
        if isinstance(server, PostgresCluster):
            with psycopg.connect(server.url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
        else:
            with redis.Redis.from_url(server.url) as client:
                assert client.ping()
    finally:
        socket_folder = server.socket.parent
        server.stop()
    assert not socket_folder.exists()


def test_removed_folder_means_an_empty_shop(folder: Path) -> None:
    old = PostgresCluster(folder / ("d" * 120) / "postgres")
    old.start()
    write_row(old)
    old_process = process_id(old)
    shutil.rmtree(old.folder)
    new = PostgresCluster(old.folder)
    new.start()
    try:
        with psycopg.connect(new.url) as connection:
            assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
    finally:
        new.stop()
        os.kill(old_process, signal.SIGQUIT)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a folder that its server's account cannot reach")
def test_closed_parent_stays_closed(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(PostgresCluster, "outside", (folder,))
    cluster = PostgresCluster(closed / "postgres")
    cluster.start()
    try:
        write_row(cluster)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert cluster.data.parent.parent == folder
    finally:
        cluster.stop()

    # A project that was moved keeps its data.
    closed.rename(tmp_path / "moved")
    moved = PostgresCluster(tmp_path / "moved" / "postgres")
    moved.start()
    try:
        assert read_rows(moved) == [("大衣",)]
    finally:
        moved.stop()

    # A copy begins with its own.
    shutil.copytree(tmp_path / "moved", tmp_path / "copy", symlinks=True)
    copy = PostgresCluster(tmp_path / "copy" / "postgres")
    copy.start()
    try:
        assert copy.data != moved.data
    finally:
        copy.stop()


def test_valkey_keeps_data_over_a_stop_and_starts_after_a_kill(valkey: ValkeyServer) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.set("kept", "yes")
    valkey.stop()
    valkey.start()
    kill_hard(valkey)
    valkey.start()
    with redis.Redis.from_url(valkey.url) as client:
        assert client.get("kept") == b"yes"


def test_celery_reaches_the_same_valkey(valkey: ValkeyServer) -> None:
    with Connection(celery_broker_url(valkey.url)) as connection:
        queue = connection.SimpleQueue("parcels")
        queue.put({"tid": "1"})
        assert queue.get(timeout=5).payload == {"tid": "1"}
        queue.close()
    with redis.Redis.from_url(valkey.url) as client:
        assert client.exists("_kombu.binding.parcels")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("unix:///srv/valkey.sock?db=3", "redis+socket:///srv/valkey.sock?virtual_host=3"),
        ("unix://:secret@/srv/valkey.sock", "redis+socket://:secret@/srv/valkey.sock?virtual_host=0"),
        ("redis://cache:6379/1", "redis://cache:6379/1"),
    ],
)
def test_celery_broker_url(address: str, expected: str) -> None:
    assert celery_broker_url(address) == expected


@pytest.mark.parametrize(
    ("kind", "words"),
    [(PostgresCluster, "Set DATABASE_URL, or install"), (ValkeyServer, "Set REDIS_URL, or install")],
)
def test_missing_wheel_is_told_in_plain_words(
    kind: type[Server], words: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shopdesk.embedded.server.find_spec", lambda name: None)
    with pytest.raises(EmbeddedServerError, match=words):
        kind(folder / "server").start()
