"""Configuration in the admin: staff and products, managers only, everything audited (T1, D4)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Product
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry, Staff
from shopdesk.base.services import staff as staff_service
from tests.factories import PASSWORD, make_product, make_staff

pytestmark = pytest.mark.django_db
STAFF_LIST, STAFF_ADD = "admin:base_staff_changelist", "admin:base_staff_add"
NEW = {"username": "xiaoyu", "role": "agent", "signature": "小雨", "is_active": "on"}
STRONG = "long-enough-to-be-hard"


def as_person(person: Staff) -> Client:
    client = Client()
    client.force_login(person)
    return client


def change_address(person: Staff) -> str:
    return reverse("admin:base_staff_change", args=[person.pk])


def form_of(person: Staff, **changed: str) -> dict[str, str]:
    form = {
        "username": person.username,
        "role": person.role,
        "signature": person.signature,
        "is_active": "on",
    }
    return form | {"new_password": ""} | changed


class TestStaff:
    def test_account_is_made_and_can_sign_in(self) -> None:
        manager = make_staff("manager")

        as_person(manager).post(reverse(STAFF_ADD), NEW | {"new_password": STRONG})

        made = Staff.objects.get(username="xiaoyu")
        assert (made.role, made.signature, made.check_password(STRONG)) == ("agent", "小雨", True)
        entry = AuditEntry.objects.get(action="staff.changed")
        assert (entry.actor, entry.subject_id, entry.origin) == (manager, str(made.pk), "page")
        assert entry.after == {
            "username": "xiaoyu", "role": "agent", "signature": "小雨", "is_active": True, "password": "set"
        }  # fmt: skip

    @pytest.mark.parametrize("password", ["", "short", "1234567890123", "password123"])
    def test_weak_password_is_refused(self, password: str, client_of: Callable[..., Client]) -> None:
        answer = client_of("manager").post(reverse(STAFF_ADD), NEW | {"new_password": password})

        assert answer.status_code == 200
        assert answer.context["adminform"].form.errors.keys() == {"new_password"}
        assert not Staff.objects.filter(username="xiaoyu").exists()

    def test_change_is_audited_with_before_and_after(self, client_of: Callable[..., Client]) -> None:
        person = make_staff("agent")

        client_of("manager").post(change_address(person), form_of(person, role="supervisor"))

        person.refresh_from_db()
        entry = AuditEntry.objects.get(action="staff.changed")
        assert (person.role, person.check_password(PASSWORD)) == ("supervisor", True)
        assert (entry.before, entry.after) == ({"role": "agent"}, {"role": "supervisor"})

    def test_saving_without_a_change_writes_nothing(self, client_of: Callable[..., Client]) -> None:
        person = make_staff("agent")

        client_of("manager").post(change_address(person), form_of(person))

        assert not AuditEntry.objects.exists()

    def test_switched_off_person_is_out_at_once(self, client_of: Callable[..., Client]) -> None:
        person = make_staff("agent")
        theirs = as_person(person)
        form = form_of(person)
        del form["is_active"]

        client_of("manager").post(change_address(person), form)

        assert theirs.get(reverse("home")).status_code == 302

    def test_new_password_signs_the_person_out(self, client_of: Callable[..., Client]) -> None:
        person = make_staff("agent")
        theirs = as_person(person)

        client_of("manager").post(change_address(person), form_of(person, new_password=STRONG))

        person.refresh_from_db()
        assert person.check_password(STRONG)
        assert theirs.get(reverse("home")).status_code == 302
        entry = AuditEntry.objects.get(action="staff.changed")
        assert (entry.before, entry.after) == ({}, {"password": "set"})

    def test_own_new_password_keeps_the_session(self) -> None:
        manager = make_staff("manager")
        client = as_person(manager)

        client.post(change_address(manager), form_of(manager, new_password=STRONG))

        assert client.get(reverse("home")).status_code == 200

    def test_last_manager_stays(self) -> None:
        manager = make_staff("manager")
        make_staff("manager", is_active=False)

        answer = as_person(manager).post(change_address(manager), form_of(manager, role="agent"))

        assert "last active manager" in answer.content.decode()
        manager.refresh_from_db()
        assert manager.role == "manager"
        with pytest.raises(DomainError):
            staff_service.change_staff(manager.pk, form_of(manager) | {"is_active": False}, actor=manager)

    def test_one_of_two_managers_may_go(self, client_of: Callable[..., Client]) -> None:
        leaving = make_staff("manager")

        client_of("manager").post(change_address(leaving), form_of(leaving, role="supervisor"))

        leaving.refresh_from_db()
        assert leaving.role == "supervisor"

    def test_nobody_is_deleted(self, client_of: Callable[..., Client]) -> None:
        person = make_staff("agent")

        answer = client_of("manager").post(
            reverse("admin:base_staff_delete", args=[person.pk]), {"post": "yes"}
        )

        assert answer.status_code == 403
        assert Staff.objects.filter(pk=person.pk).exists()

    def test_locked_out_person_may_try_again(self, client: Client, client_of: Callable[..., Client]) -> None:
        person = make_staff("agent")
        wrong = {"username": person.username, "password": "wrong"}
        statuses = [client.post(reverse("sign-in"), wrong).status_code for _attempt in range(5)]
        assert statuses[-1] == 429

        client_of("manager").post(reverse(STAFF_LIST), {"action": "unlock", "_selected_action": person.pk})

        right = {"username": person.username, "password": PASSWORD}
        assert client.post(reverse("sign-in"), right).status_code == 302
        assert AuditEntry.objects.get(action="staff.changed").after == {"unlocked": True}

    def test_service_refuses_other_roles(self) -> None:
        supervisor = make_staff("supervisor")

        with pytest.raises(Forbidden):
            staff_service.create_staff(NEW, STRONG, actor=supervisor)
        with pytest.raises(Forbidden):
            staff_service.change_staff(supervisor.pk, NEW, actor=supervisor)
        with pytest.raises(Forbidden):
            staff_service.unlock(supervisor, actor=supervisor)


class TestProducts:
    def test_change_is_audited(self, client_of: Callable[..., Client]) -> None:
        product = make_product("小白鞋")

        client_of("manager").post(
            reverse("admin:orders_product_change", args=[product.pk]),
            {"kind": "custom", "special_price": "on", "lead_days": "20"},
        )

        product.refresh_from_db()
        entry = AuditEntry.objects.get(action="product.changed")
        assert (product.kind, product.special_price, product.lead_days) == ("custom", True, 20)
        assert entry.before == {"kind": "standard", "special_price": False, "lead_days": None}
        assert entry.after == {"kind": "custom", "special_price": True, "lead_days": 20}

    def test_none_is_made_or_deleted(self, client_of: Callable[..., Client]) -> None:
        product, client = make_product(), client_of("manager")

        assert client.get(reverse("admin:orders_product_add")).status_code == 403
        answer = client.post(reverse("admin:orders_product_delete", args=[product.pk]), {"post": "yes"})
        assert answer.status_code == 403
        assert Product.objects.filter(pk=product.pk).exists()


class TestDoor:
    @pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
    def test_only_managers(self, role: str, client_of: Callable[..., Client]) -> None:
        person, client = make_staff("agent"), client_of(role)

        for address in (reverse("admin:index"), reverse(STAFF_LIST), change_address(person)):
            assert client.get(address).status_code == 403
        assert client.post(reverse(STAFF_ADD), NEW | {"new_password": STRONG}).status_code == 403
        assert not Staff.objects.filter(username="xiaoyu").exists()

    @pytest.mark.parametrize(
        "name", ["admin:index", STAFF_LIST, STAFF_ADD, "admin:orders_product_changelist", "admin:jsi18n"]
    )
    def test_manager_gets_in(self, name: str, client_of: Callable[..., Client]) -> None:
        assert client_of("manager").get(reverse(name)).status_code == 200

    def test_sign_in_is_the_desks_own(self, client: Client) -> None:
        for address in (reverse("admin:index"), reverse("admin:login")):
            answer: Any = client.get(address)
            assert answer.headers["Location"].startswith("/sign-in/?next=/admin/")

    def test_sign_in_page_does_not_lead_astray(self, client: Client) -> None:
        answer = client.get(reverse("admin:login"), {"next": "https://example.com/"})

        assert answer.headers["Location"] == "/sign-in/?next=/admin/"

    def test_groups_are_not_offered(self, client_of: Callable[..., Client]) -> None:
        page = client_of("manager").get(reverse("admin:index")).content.decode()

        assert "/admin/auth/" not in page
