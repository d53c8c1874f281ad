"""The schema: complete, as committed, and kept to by every answer, whatever is sent."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from members.models import Buyer
from shopdesk.base.services.exports import take_later, work
from shopdesk.wsgi import application
from tests.afterservice.scenes import make_ticket
from tests.api.callers import Caller
from tests.api.writes import WRITES
from tests.factories import make_line, make_order
from tests.orders.parcel_scenes import printed, ready_order

# By hand, scripts/fuzz_api sets how many calls are made up for each operation; the checks make the same few.
BY_HAND = int(os.environ.get("FUZZ_EXAMPLES", "0"))
CALLERS = {
    "valid": ("supervisor",),
    "no-prices": ("warehouse",),
    "wrong-scope": ("agent", "export"),
    "none": ("",),
}
TID = "4327000000000000777"
load_all_checks()
KEPT = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    )
]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """As Django's own test client: a request does not close the connection of its test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known(db: None) -> dict[str, Any]:
    """One subject of every kind, by the names that addresses have for them."""
    make_line(make_order(tid=TID))
    parcel = printed(ready_order())
    ticket = make_ticket()
    return {
        "tid": [TID, parcel.order_id],
        "number": [parcel.pk, ticket.pk],
        "nick": [Buyer.objects.first().pk],
    }


def test_every_answer_is_as_the_schema_says(known: dict[str, Any]) -> None:
    callers = {who: Caller(*role_and_scopes) for who, role_and_scopes in CALLERS.items()}
    account = callers["valid"].token.account
    written = take_later("returns", {}, kind="csv", actor=account, hand_to=work)
    known["export"] = [written.pk, WRITES["export-again"].make(account)[0]["export"]]
    statuses: dict[str, Counter[int]] = {who: Counter() for who in callers}
    failures: list[Exception] = []
    for found in _schema().get_all_operations():
        operation = found.ok()
        if BY_HAND:
            print(f"\n{operation.label}: after {sum(statuses.values(), Counter()).total()} calls")  # noqa: T201
        try:
            # Bodies as the schema has them, and others that it has not.
            _hold(operation, GenerationMode.POSITIVE, BY_HAND // 2 or 2, known, callers, statuses)
            _hold(operation, GenerationMode.NEGATIVE, BY_HAND // 2 or 1, known, callers, statuses)
        except Exception as failure:  # hours by hand are to tell of every operation
            failures.append(failure)
    if BY_HAND:
        for who, counted in statuses.items():
            print(f"\n{who}: {counted.total()} calls, {dict(sorted(counted.items()))}")  # noqa: T201
    if failures:
        raise ExceptionGroup("answers that are not as the schema says", failures)
    assert {200, 201, 400, 404, 409, 422} <= statuses["valid"].keys()
    assert {200, 403} <= statuses["no-prices"].keys()
    assert statuses["wrong-scope"].keys() <= {403, 404}
    assert statuses["none"].keys() <= {401, 404}


@cache
def _schema() -> Any:
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = application
    return schema


def _hold(
    operation: Any,
    mode: GenerationMode,
    examples: int,
    known: dict[str, Any],
    callers: dict[str, Caller],
    statuses: dict[str, Counter[int]],
) -> None:
    """Make calls up, let everyone make each, and hold each answer to the schema; each is undone."""

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=not BY_HAND,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def holds(case: Any, data: st.DataObject) -> None:
        for name, values in known.items():
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = data.draw(st.sampled_from(values))
        # What a server never gets to see as it was made up, and whoever calls stays who they are.
        made_up = {
            key: value
            for key, value in (case.headers or {}).items()
            if key not in ("If-Match", "Authorization")
        }
        case.cookies = {}
        for who, caller in callers.items():
            case.headers = made_up | caller.headers
            with transaction.atomic():
                response = case.call()
                transaction.set_rollback(True)
            statuses[who][response.status_code] += 1
            case.validate_response(response, checks=KEPT)

    try:
        holds()
    except Unsatisfiable:
        assert mode == GenerationMode.NEGATIVE  # nothing can be wrong about a call that takes nothing


def test_committed_schema_is_not_stale() -> None:
    answer = Client().get("/api/schema/", headers={"Accept-Language": "en"})

    committed = Path("docs/openapi.yaml").read_text("utf-8")
    assert answer.content.decode() == committed, (
        "The API changed: run scripts/openapi and commit docs/openapi.yaml."
    )


def test_every_body_that_must_say_something_has_an_example_that_is_valid() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path, operations in schema["paths"].items():
        body = operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            continue
        validator = Draft202012Validator({**body["schema"], "components": schema["components"]})
        examples = [example["value"] for example in body.get("examples", {}).values()]
        assert examples or validator.is_valid({}), path
        for example in examples:
            assert not list(validator.iter_errors(example)), path


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_enumeration_says_what_each_of_its_words_means(language: str) -> None:
    with translation.override(language):
        schema = SchemaGenerator().get_schema(request=None, public=True)
    found = list(_enumerations(schema))

    assert len(found) > 40
    for words, description in found:
        meanings = dict(re.findall(r"^\* `(.+)` - (.+)$", description, re.MULTILINE))
        assert set(meanings) == {str(word) for word in words if word not in ("", None)}, (words, description)
        alike = {meaning for meaning, count in Counter(meanings.values()).items() if count > 1}
        assert not alike, (words, description)


def _enumerations(part: Any) -> Iterator[tuple[list[Any], str]]:
    """Wherever the schema lists words, with what is said of them: a parameter says it beside its schema."""
    if isinstance(part, dict):
        listed = part.get("enum") or (part.get("schema", {}).get("enum") if "in" in part else None)
        if listed:
            yield listed, part.get("description", "")
        for name, inner in part.items():
            if not ("in" in part and name == "schema"):
                yield from _enumerations(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _enumerations(inner)
