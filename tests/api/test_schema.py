"""The schema: complete, as committed, and kept to by every answer, whatever is sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from members.models import Buyer
from shopdesk.wsgi import application
from tests.afterservice.scenes import make_ticket
from tests.api.callers import Caller
from tests.factories import make_line, make_order
from tests.orders.parcel_scenes import printed, ready_order

EXAMPLES = {"supervisor": 4, "warehouse": 1, "agent": 1, "": 1}
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


@pytest.mark.parametrize(
    ("role", "scopes"),
    [("supervisor", ()), ("warehouse", ()), ("agent", ("export",)), ("", ())],
    ids=["valid", "warehouse", "wrong-scope", "none"],
)
def test_every_answer_is_as_the_schema_says(
    role: str, scopes: tuple[str, ...], known: dict[str, Any]
) -> None:
    caller = Caller(role, *scopes)
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = application
    statuses = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.method == "trace":
            continue

        @settings(
            max_examples=EXAMPLES[role], deadline=None, database=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE), data=st.data())
        def holds(case: Any, data: st.DataObject) -> None:
            for name, values in known.items():
                if name in (case.path_parameters or {}):
                    case.path_parameters[name] = data.draw(st.sampled_from(values))
            case.headers = {
                key: value for key, value in (case.headers or {}).items() if key != "If-Match"
            } | caller.headers
            with transaction.atomic():
                response = case.call()
                transaction.set_rollback(True)
            statuses.add(response.status_code)
            case.validate_response(response, checks=KEPT)

        holds()
    if role == "supervisor":
        assert {200, 201, 404, 409, 422} <= statuses
    elif role != "warehouse":
        assert statuses == {403 if role else 401}


def test_committed_schema_is_not_stale() -> None:
    answer = Client().get("/api/schema/", headers={"Accept-Language": "en"})

    committed = Path("docs/openapi.yaml").read_text("utf-8")
    assert answer.content.decode() == committed, (
        "The API changed: run scripts/openapi and commit docs/openapi.yaml."
    )
