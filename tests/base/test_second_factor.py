"""T1: the second factor: set up, asked for, recovery codes, reset; what the audit keeps of signing in (D4)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.services import second_factor, signing_in
from tests.factories import PASSWORD, make_staff

pytestmark = pytest.mark.django_db
START = 1_800_000_000.0


class Phone:
    """An authenticator, and the clock that it shares with the desk; each code is another step of it."""

    def __init__(self) -> None:
        self.time = START

    def code(self, staff: Staff) -> str:
        self.time += 60
        device = TOTPDevice.objects.get(user=staff)
        totp = TOTP(device.bin_key)
        totp.time = self.time
        return f"{totp.token():06d}"


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Phone:
    shared = Phone()
    monkeypatch.setattr("django_otp.plugins.otp_totp.models.time.time", lambda: shared.time)
    return shared


def enrol(staff: Staff, phone: Phone) -> list[str]:
    second_factor.begin(staff)
    enrolled, codes = second_factor.confirm(staff, phone.code(staff))
    staff.refresh_from_db()
    assert enrolled.second_factor_since is not None
    return codes


def first_step(client: Client, staff: Staff, follow: str = "") -> Any:
    typed = {"username": staff.username, "password": PASSWORD, "next": follow}
    return client.post(reverse("sign-in"), typed)


def second_step(client: Client, code: str) -> Any:
    return client.post(reverse("sign-in-code"), {"code": code})


def gets_in(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


def sign_ins() -> list[tuple[str, str, dict[str, str]]]:
    entries = AuditEntry.objects.filter(action__in=signing_in.ACTIONS).order_by("at", "pk")
    return [(entry.action.removeprefix("staff."), entry.subject_id, entry.after) for entry in entries]


def test_the_page_leads_from_the_key_to_the_codes(client_of: Callable[..., Client], phone: Phone) -> None:
    client = client_of("supervisor")
    staff = Staff.objects.get()
    other = Client()
    other.force_login(staff)
    client.post(reverse("second-factor-begin"))
    page = client.get(reverse("my-sign-in")).content.decode()

    assert "<svg" in page
    assert "style=" not in page
    assert "no-store" in client.get(reverse("my-sign-in"))["Cache-Control"]
    assert client.post(reverse("second-factor-confirm"), {"code": "000000"}).status_code == 422
    phone.time += 10  # a wrong code makes the next one wait
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    answer = client.post(reverse("second-factor-confirm"), {"code": phone.code(staff)})

    shown = re.findall(r"<code>([a-z2-9-]{11})</code>", answer.content.decode())
    assert len(set(shown)) == second_factor.RECOVERY_CODES
    assert "no-store" in answer["Cache-Control"]
    assert not StaticToken.objects.filter(token__in=[code.replace("-", "") for code in shown]).exists()
    assert gets_in(client)
    assert not gets_in(other)
    kept = str(list(AuditEntry.objects.values_list("before", "after")))
    assert "second factor" in kept
    assert not any(code in kept for code in shown)


def test_the_password_alone_lets_nobody_in(phone: Phone) -> None:
    staff = make_staff("supervisor")
    enrol(staff, phone)
    client = Client()

    assert first_step(client, staff, "/orders/")["Location"] == reverse("sign-in-code")
    assert not gets_in(client)
    assert client.get("/api/v1/orders/").status_code == 401
    code = phone.code(staff)
    assert second_step(client, code)["Location"] == "/orders/"
    assert gets_in(client)

    again = Client()
    first_step(again, staff)
    assert second_step(again, code).status_code == 422  # used up
    assert sign_ins() == [
        ("signed_in", str(staff.pk), {"second factor": "authenticator"}),
        ("sign_in_failed", str(staff.pk), {"step": "code"}),
    ]


def test_a_recovery_code_works_once(phone: Phone) -> None:
    staff = make_staff("supervisor")
    codes = enrol(staff, phone)
    for attempt, (code, status) in enumerate([(codes[0].upper(), 302), (codes[0], 422)]):
        client = Client()
        first_step(client, staff)
        assert second_step(client, code).status_code == status, attempt
    assert second_factor.recovery_codes_left(staff) == second_factor.RECOVERY_CODES - 1


@pytest.mark.parametrize("change", ["password", "reset", "time", "off"])
def test_the_first_step_does_not_outlive_the_account_as_it_was(
    phone: Phone, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, client = make_staff("supervisor"), Client()
    codes = enrol(staff, phone)
    first_step(client, staff)
    if change == "password":
        staff.set_password("another-long-password")
        staff.save()
    elif change == "reset":
        second_factor.reset(staff.pk, actor=make_staff("manager"))
    elif change == "time":
        monkeypatch.setattr("shopdesk.desk.views.sign_in.time.time", lambda: START * 2)
    else:
        Staff.objects.filter(pk=staff.pk).update(is_active=False)

    assert second_step(client, codes[0])["Location"] == reverse("sign-in")
    assert not gets_in(client)


def test_wrong_codes_lock_the_account(phone: Phone) -> None:
    staff, client = make_staff("supervisor"), Client()
    codes = enrol(staff, phone)
    first_step(client, staff)
    answers = [second_step(client, "123456").status_code for _time in range(5)]

    assert answers == [422, 422, 422, 422, 429]
    assert second_step(client, codes[0]).status_code == 429
    assert first_step(Client(), staff).status_code == 429
    assert not gets_in(client)
    assert [action for action, *_rest in sign_ins()] == ["sign_in_failed"] * 5 + ["locked_out"]


@pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse", "manager"])
def test_roles_that_must_have_one_do_nothing_before(role: str, settings: Any, phone: Phone) -> None:
    settings.SECOND_FACTOR_ROLES = ["supervisor", "manager"]
    staff, client = make_staff(role), Client()
    first_step(client, staff)
    if role in ("agent", "warehouse"):
        assert gets_in(client)
        return
    assert client.get(reverse("home"))["Location"] == reverse("my-sign-in")
    assert client.get("/api/v1/orders/").status_code == 403
    assert client.get(reverse("my-sign-in")).status_code == 200
    second_factor.begin(staff)
    client.post(reverse("second-factor-confirm"), {"code": phone.code(staff)})
    assert gets_in(client)
    assert client.post(reverse("second-factor-off"), {"code": phone.code(staff)}).status_code == 422
    staff.refresh_from_db()
    assert staff.second_factor_since is not None


def test_a_manager_resets_a_lost_one_but_never_their_own(
    phone: Phone, client_of: Callable[..., Client]
) -> None:
    manager, person = make_staff("manager"), make_staff("supervisor")
    for staff in (manager, person):
        enrol(staff, phone)
    with pytest.raises(DomainError):
        second_factor.reset(manager.pk, actor=manager)
    with pytest.raises(Forbidden):
        second_factor.reset(person.pk, actor=make_staff("supervisor"))
    session = Client()
    session.force_login(person)

    client_of("manager").post(reverse("person-second-factor", args=[person.pk]))

    assert not gets_in(session)
    assert not TOTPDevice.objects.filter(user=person).exists()
    assert first_step(Client(), person)["Location"] == reverse("home")
    call_command("reset_second_factor", manager.username)
    assert first_step(Client(), manager)["Location"] == reverse("home")


def test_turned_off_and_codes_renewed_by_a_code(phone: Phone) -> None:
    staff = make_staff("agent")
    old = enrol(staff, phone)
    with pytest.raises(DomainError):
        second_factor.renew_codes(staff, "nonsense-1")
    new = second_factor.renew_codes(staff, phone.code(staff))
    assert not set(old) & set(new)
    with pytest.raises(DomainError):
        second_factor.turn_off(staff, "111111")
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    second_factor.turn_off(staff, phone.code(staff))
    assert first_step(Client(), staff)["Location"] == reverse("home")


def test_signing_in_and_out_is_kept_and_unknown_names_are_not() -> None:
    staff, client = make_staff("agent"), Client()
    client.post(reverse("sign-in"), {"username": staff.username, "password": "wrong"})
    client.post(reverse("sign-in"), {"username": "my-secret-password", "password": "x"})
    client.post(reverse("sign-in"), {"username": staff.username, "password": ""})
    first_step(client, staff)
    client.post(reverse("sign-out"))

    assert sign_ins() == [
        ("sign_in_failed", str(staff.pk), {"step": "password"}),
        ("sign_in_failed", "unknown", {"step": "password"}),
        ("signed_in", str(staff.pk), {}),
        ("signed_out", str(staff.pk), {}),
    ]
    assert set(
        AuditEntry.objects.filter(action__in=signing_in.ACTIONS).values_list("address", flat=True)
    ) == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("failures", "of", "expected"),
    [(49, "address", False), (50, "address", True), (24, "account", False), (25, "account", True)],
)
def test_guessing_over_many_names_or_addresses_is_stopped(failures: int, of: str, expected: bool) -> None:
    staff = make_staff("agent")
    for number in range(failures):
        with signing_in.audit.origin("page", address="10.9.9.9" if of == "address" else f"10.0.0.{number}"):
            signing_in.failed("nobody" if of == "address" else staff.username, "password")
    here = "10.9.9.9" if of == "address" else "10.1.1.1"

    assert signing_in.is_throttled(staff.username, here) is expected
    assert not signing_in.is_throttled(make_staff("agent").username, "10.2.2.2")
    answer = Client().post(
        reverse("sign-in"), {"username": staff.username, "password": PASSWORD}, REMOTE_ADDR=here
    )
    assert answer.status_code == (429 if expected else 302)


def test_the_admin_shows_no_keys() -> None:
    assert not {TOTPDevice, StaticToken} & set(admin.site._registry)
    assert not any("otp" in model._meta.app_label for model in admin.site._registry)
