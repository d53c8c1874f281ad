"""T1: accounts: temporary passwords, sessions, one's own role, and that a manager remains."""

import pytest
from django.test import Client
from django.urls import reverse

from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.services import staff as accounts
from tests.factories import PASSWORD, make_staff
from tests.orders.test_races import together

NEW = {"username": "xiaoyu", "role": "agent", "signature": "小雨", "is_active": True}
STRONG = "long-enough-to-be-hard"


def signed_in(person: Staff) -> Client:
    client = Client()
    client.force_login(person)
    return client


def gets_in(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


def values_of(person: Staff, **changed: object) -> dict[str, object]:
    return {name: getattr(person, name) for name in accounts.FIELDS} | changed


@pytest.mark.django_db
class TestAccounts:
    def test_a_temporary_password_is_changed_before_anything_else(self) -> None:
        person, password = accounts.open_account(NEW, actor=make_staff("manager"))
        client = Client()
        client.force_login(person)

        assert client.get(reverse("orders:list"))["Location"] == reverse("password")
        assert client.get(reverse("home"), headers={"HX-Request": "true"})["HX-Redirect"] == reverse(
            "password"
        )
        assert client.get(reverse("password")).status_code == 200
        client.post(reverse("password-change"), {"present": password, "wanted": STRONG})

        assert gets_in(client)
        person.refresh_from_db()
        assert (person.password_is_temporary, person.check_password(STRONG)) == (False, True)

    def test_temporary_passwords_are_strong_and_never_the_same(self) -> None:
        manager, person = make_staff("manager"), make_staff("agent")
        given = {accounts.reset_password(person.pk, actor=manager) for _time in range(20)}

        assert len(given) == 20
        assert all(len(password) == 14 for password in given)
        assert not any(password in str(AuditEntry.objects.values_list("after")) for password in given)

    def test_a_reset_ends_the_sessions(self) -> None:
        manager, person = make_staff("manager"), make_staff("agent")
        client = signed_in(person)
        accounts.reset_password(person.pk, actor=manager)

        assert not gets_in(client)
        with pytest.raises(DomainError, match="own password"):
            accounts.reset_password(manager.pk, actor=manager)

    def test_all_sessions_of_a_person_end_and_nobody_elses(self) -> None:
        manager, person = make_staff("manager"), make_staff("agent")
        theirs = [signed_in(person), signed_in(person)]
        others = signed_in(make_staff("agent"))
        assert all(map(gets_in, [*theirs, others]))

        accounts.end_sessions(person.pk, actor=manager)

        assert [gets_in(client) for client in (*theirs, others)] == [False, False, True]
        person.refresh_from_db()
        assert gets_in(signed_in(person))

    def test_who_is_switched_off_is_out(self) -> None:
        person = make_staff("agent")
        client = signed_in(person)
        accounts.change_staff(person.pk, values_of(person, is_active=False), actor=make_staff("manager"))
        assert not gets_in(client)

    @pytest.mark.parametrize("changed", [{"role": "agent"}, {"is_active": False}])
    def test_nobody_changes_their_own_role(self, changed: dict[str, object]) -> None:
        manager = make_staff("manager")
        make_staff("manager")  # not the last one
        with pytest.raises(DomainError, match="own role"):
            accounts.change_staff(manager.pk, values_of(manager, **changed), actor=manager)
        accounts.change_staff(manager.pk, values_of(manager, signature="老板"), actor=manager)
        manager.refresh_from_db()
        assert (manager.role, manager.is_active, manager.signature) == ("manager", True, "老板")

    @pytest.mark.parametrize(
        "wrong", [{"username": "taken"}, {"username": "a b"}, {"role": "boss"}, {"signature": ""}]
    )
    def test_what_is_no_account(self, wrong: dict[str, object]) -> None:
        make_staff("agent", username="taken")
        with pytest.raises(DomainError):
            accounts.open_account(NEW | wrong, actor=make_staff("manager"))
        assert not Staff.objects.filter(signature="小雨").exists()

    @pytest.mark.parametrize(
        ("present", "wanted"),
        [("wrong", STRONG), (PASSWORD, "short"), (PASSWORD, PASSWORD), (PASSWORD, "1234567890123")],
    )
    def test_which_own_passwords_are_refused(self, present: str, wanted: str) -> None:
        person = make_staff("warehouse")
        with pytest.raises(DomainError):
            accounts.choose_password(person, present, wanted)
        person.refresh_from_db()
        assert person.check_password(PASSWORD)

    @pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
    def test_only_managers(self, role: str) -> None:
        actor, person = make_staff(role), make_staff("agent")
        for refused in (
            lambda: accounts.open_account(NEW, actor=actor),
            lambda: accounts.reset_password(person.pk, actor=actor),
            lambda: accounts.end_sessions(person.pk, actor=actor),
        ):
            with pytest.raises(Forbidden):
                refused()
        assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_demote_each_other_leave_one() -> None:
    one, other = make_staff("manager"), make_staff("manager")
    refusals: list[str] = []

    def demote(person: Staff, actor: Staff) -> None:
        try:
            accounts.change_staff(person.pk, values_of(person, role="agent"), actor=actor)
        except DomainError as refusal:
            refusals.append(refusal.code)

    together(lambda: demote(one, other), lambda: demote(other, one))

    assert refusals == ["T1"]
    assert Staff.objects.filter(role="manager").count() == 1
