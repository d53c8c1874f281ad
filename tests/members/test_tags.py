"""N6: the shop's tags for buyers, and where they show."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from members.models import BuyerTag, TaggedBuyer
from members.services import tags
from shopdesk.base.errors import DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry, Staff
from tests.factories import make_buyer, make_order, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Staff:
    return make_staff("manager")


def tag(name: str = "团购", **values: str) -> BuyerTag:
    return tags.make_tag(
        name, values.get("colour", "teal"), values.get("meaning", "一次买多件"), actor=make_staff("manager")
    )


def put(nick: str, *on: BuyerTag) -> None:
    make_buyer(nick)
    agent = make_staff("agent")
    for one in on:
        tags.put_tag(nick, one.pk, actor=agent)


class TestLegend:
    @pytest.mark.parametrize(
        ("name", "colour", "meaning"),
        [
            ("", "teal", "x"),
            ("一二三四五六七八九十一二三", "teal", "x"),
            ("团购", "gold", "x"),
            ("团购", "teal", " "),
        ],
    )
    def test_refused(self, manager: Staff, name: str, colour: str, meaning: str) -> None:
        with pytest.raises(DomainError, match="N6"):
            tags.make_tag(name, colour, meaning, actor=manager)
        assert not BuyerTag.objects.exists()

    def test_one_of_a_name(self, manager: Staff) -> None:
        tag()
        with pytest.raises(DomainError, match="already"):
            tags.make_tag(" 团购 ", "red", "又一个", actor=manager)
        assert BuyerTag.objects.count() == 1

    def test_change_is_audited_and_versioned(self, manager: Staff) -> None:
        known = tag()
        changed = tags.change_tag(
            known.pk, "团购", "red", "一次买多件", retired=True, version=1, actor=manager
        )

        fact = AuditEntry.objects.get(action="buyer_tag.changed")
        assert fact.before == {"colour": "teal", "retired": False}
        assert fact.after == {"colour": "red", "retired": True}
        assert (changed.version, changed.retired_at is not None) == (2, True)
        with pytest.raises(VersionConflict):
            tags.change_tag(known.pk, "团购", "blue", "y", retired=False, version=1, actor=manager)

    @pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
    def test_managers_only(self, role: str) -> None:
        with pytest.raises(Forbidden):
            tags.make_tag("团购", "teal", "x", actor=make_staff(role))


class TestBuyers:
    def test_on_and_off(self) -> None:
        known, agent = tag(), make_staff("agent")
        put("小肥", known, known)
        tags.take_tag("小肥", known.pk, actor=agent)
        tags.take_tag("小肥", known.pk, actor=agent)

        facts = AuditEntry.objects.filter(subject_kind="member", subject_id="小肥").order_by("pk")
        assert [(fact.action, fact.before, fact.after) for fact in facts] == [
            ("buyer.tagged", {}, {"tag": "团购"}),
            ("buyer.untagged", {"tag": "团购"}, {}),
        ]
        assert not TaggedBuyer.objects.exists()

    def test_retired_ones_stay_but_are_put_on_nobody_more(self, manager: Staff) -> None:
        known = tag()
        put("小肥", known)
        tags.change_tag(known.pk, "团购", "teal", "x", retired=True, version=1, actor=manager)

        with pytest.raises(DomainError, match="N6"):
            put("老王", known)

        assert [mark.buyer_id for mark in TaggedBuyer.objects.all()] == ["小肥"]

    def test_five_at_most(self) -> None:
        put("小肥", *[tag(f"标签{number}") for number in range(5)])
        with pytest.raises(DomainError, match="5 tags at most"):
            put("小肥", tag("第六个"))
        assert TaggedBuyer.objects.count() == 5

    @pytest.mark.parametrize("role", ["warehouse", "manager"])
    def test_agents_put_them_on(self, role: str) -> None:
        known = tag()
        make_buyer("小肥")
        with pytest.raises(Forbidden):
            tags.put_tag("小肥", known.pk, actor=make_staff(role))
        assert not TaggedBuyer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_tag_at_once_stay_within_the_most() -> None:
    agent = make_staff("agent")
    make_buyer("小肥")
    known = [tag(f"标签{number}") for number in range(8)]

    def one(wanted: BuyerTag) -> bool:
        try:
            tags.put_tag("小肥", wanted.pk, actor=agent)
        except DomainError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(one, known))

    assert outcomes.count(True) == TaggedBuyer.objects.count() == tags.MOST_ON_A_BUYER


class TestPages:
    def test_put_on_from_the_order_shown_everywhere_and_filtered_by(
        self, client_of: Callable[..., Client]
    ) -> None:
        client, known = client_of("agent"), tag()
        order, other = make_order("小肥"), make_order("老王")
        page = reverse("orders:detail", args=[order.tid])

        answer = client.post(reverse("buyer-tag-put", args=["小肥"]), {"tag": known.pk, "next": page})
        nothing = client.post(
            reverse("buyer-tag-put", args=["小肥"]), {"tag": "x", "next": page}, follow=True
        )

        assert answer.headers["Location"] == page
        assert "Choose a tag." in nothing.content.decode()
        for address in (page, reverse("member", args=["小肥"]), reverse("members"), reverse("orders:list")):
            assert (
                '<span class="tag teal" title="一次买多件">团购</span>'
                in client.get(address).content.decode()
            )
        found = client.get(reverse("orders:list"), {"tag": known.pk})
        assert [row.tid for row in found.context["page"].rows] == [order.tid]
        assert [chip.label for chip in found.context["chips"]] == ["tag: 团购"]
        assert other.tid in client.get(reverse("orders:list")).content.decode()

    def test_manager_makes_and_changes_them_and_nothing_typed_is_lost(
        self, client_of: Callable[..., Client]
    ) -> None:
        client = client_of("manager")
        typed = {"name": "团购", "colour": "purple", "meaning": "一次买多件"}

        made = client.post(reverse("buyer-tag-make"), typed, follow=True)
        again = client.post(reverse("buyer-tag-make"), typed | {"meaning": "又一个"})
        known = BuyerTag.objects.get()
        old = client.post(
            reverse("buyer-tag-change", args=[known.pk]), typed | {"name": "新的", "version": 7}
        )

        assert "The tag can be put on buyers now." in made.content.decode()
        assert (again.status_code, 'value="又一个"' in again.content.decode()) == (422, True)
        assert (old.status_code, 'value="新的"' in old.content.decode()) == (409, True)
        assert BuyerTag.objects.get().version == 1
        assert "一次买多件" in client_of("agent").get(reverse("buyer-tags")).content.decode()
