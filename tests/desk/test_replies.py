"""T3: keeping canned replies, and the set that a shop starts with."""

from typing import Any

import pytest

from shopdesk.base.errors import Conflict, DomainError, Forbidden, VersionConflict
from shopdesk.base.models import AuditEntry
from shopdesk.desk.models import CannedReply
from shopdesk.desk.rules.replies import MOST_REPLIES, Moment, ReplyRequest
from shopdesk.desk.rules.reply_fields import FIELDS
from shopdesk.desk.services.replies import change, copy_to_mine, ensure_starting_replies, make, retire
from shopdesk.desk.starting_replies import STARTING_REPLIES
from tests.desk.reply_scenes import make_reply
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


def request(**fields: Any) -> ReplyRequest:
    return ReplyRequest(**({"moment": "greeting", "title": "问候", "text": "亲，{nick}，您好"} | fields))


def test_a_manager_writes_for_all_and_everybody_for_themselves() -> None:
    manager, agent = make_staff("manager"), make_staff("agent")

    shared = make(request(), shared=True, actor=manager, now=NOW)
    own = make(request(), shared=False, actor=agent, now=NOW)

    assert (shared.owner, own.owner, own.version) == (None, agent, 1)
    entry = AuditEntry.objects.get(subject_kind="canned_reply", subject_id=str(own.pk))
    assert (entry.action, entry.actor_id, entry.after["text"]) == (
        "canned_reply.made",
        agent.pk,
        "亲，{nick}，您好",
    )


@pytest.mark.parametrize(("role", "shared"), [("agent", True), ("supervisor", True), ("warehouse", False)])
def test_who_may_not(role: str, shared: bool) -> None:
    with pytest.raises(Forbidden):
        make(request(), shared=shared, actor=make_staff(role), now=NOW)

    assert not CannedReply.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"title": " "}, "title", "title"),
        ({"text": ""}, "text", "title"),
        ({"title": "长" * 41}, "title", "40"),
        ({"text": "长" * 501}, "text", "500"),
        ({"text": "a\x00"}, "text", "500"),
        ({"moment": "lunch"}, "moment", "when"),
        ({"claims": ("rich",)}, "claims", "claim"),
        ({"text": "亲，{price}"}, "text", " ".join(f"{{{name}}}" for name in FIELDS)),
        ({"text_en": "Dear {name}"}, "text_en", "{name}"),
        ({"text": "亲，已经发货了"}, "text", "已经发货"),
        ({"text_en": "It has been shipped"}, "text_en", "has been shipped"),
        ({"text": "单号{tracking}", "claims": ("paid",)}, "text", "{tracking}"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_says_why(fields: dict[str, Any], field: str, told: str) -> None:
    with pytest.raises(DomainError) as refused:
        make(request(**fields), shared=False, actor=make_staff("agent"), now=NOW)

    assert (refused.value.code, refused.value.field) == ("T3", field)
    assert told in str(refused.value.message)
    assert not CannedReply.objects.exists()


def test_the_tag_lets_the_words_stand() -> None:
    kept = make(
        request(text="已发货，{tracking}", claims=("shipped", "shipped")),
        shared=False,
        actor=make_staff("agent"),
        now=NOW,
    )

    assert kept.claims == ["shipped"]


def test_a_title_is_given_once_to_each() -> None:
    agent = make_staff("agent")
    make(request(), shared=False, actor=agent, now=NOW)

    with pytest.raises(Conflict):
        make(request(text="您好"), shared=False, actor=agent, now=NOW)

    make(request(), shared=False, actor=make_staff("agent"), now=NOW)
    assert CannedReply.objects.count() == 2


def test_a_change_is_a_new_version_with_before_and_after() -> None:
    agent = make_staff("agent")
    reply = make_reply("您好", owner=agent, title="旧")

    changed = change(reply.pk, request(title="新", text="早上好"), version=1, actor=agent, now=NOW)

    assert (changed.version, changed.changed_by, changed.text) == (2, agent, "早上好")
    entry = AuditEntry.objects.get(action="canned_reply.changed")
    assert (entry.before["title"], entry.after["title"]) == ("旧", "新")
    with pytest.raises(VersionConflict):
        change(reply.pk, request(text="又"), version=1, actor=agent, now=NOW)
    with pytest.raises(DomainError):
        change(reply.pk, request(title="新", text="早上好"), version=2, actor=agent, now=NOW)


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_what_is_shared_is_copied_and_not_changed(role: str) -> None:
    actor = make_staff(role)
    shared = make_reply("亲，已付款", "paid", title="付款")

    with pytest.raises(Forbidden):
        change(shared.pk, request(), version=1, actor=actor, now=NOW)
    with pytest.raises(Forbidden):
        retire(shared.pk, version=1, actor=actor, now=NOW)
    mine = copy_to_mine(shared.pk, actor=actor, now=NOW)

    assert (mine.owner, mine.text, mine.claims, mine.code) == (actor, "亲，已付款", ["paid"], "")
    shared.refresh_from_db()
    assert (shared.version, shared.retired_at) == (1, None)


def test_the_reply_of_somebody_else_is_not_there() -> None:
    other, manager = make_reply(owner=make_staff("agent")), make_staff("manager")

    for attempt in (
        lambda: change(other.pk, request(), version=1, actor=manager, now=NOW),
        lambda: retire(other.pk, version=1, actor=manager, now=NOW),
        lambda: copy_to_mine(other.pk, actor=manager, now=NOW),
    ):
        with pytest.raises(DomainError, match="no such reply"):
            attempt()

    other.refresh_from_db()
    assert (other.version, other.retired_at) == (1, None)


def test_a_retired_reply_stays_and_gives_its_title_free() -> None:
    agent = make_staff("agent")
    reply = make(request(), shared=False, actor=agent, now=NOW)

    retire(reply.pk, version=1, actor=agent, now=NOW)
    with pytest.raises(Conflict):
        change(reply.pk, request(text="又"), version=1, actor=agent, now=NOW)
    make(request(), shared=False, actor=agent, now=NOW)

    assert CannedReply.objects.filter(retired_at=NOW).get() == reply


def test_nobody_keeps_more_than_a_picker_can_list() -> None:
    agent = make_staff("agent")
    CannedReply.objects.bulk_create(
        CannedReply(owner=agent, moment="greeting", title=str(n), text="亲", claims=[], changed_at=NOW)
        for n in range(MOST_REPLIES)
    )

    with pytest.raises(Conflict, match="200"):
        make(request(), shared=False, actor=agent, now=NOW)


def test_a_new_shop_starts_with_replies_for_every_moment_in_both_languages() -> None:
    assert ensure_starting_replies() == len(STARTING_REPLIES)

    replies = CannedReply.objects.all()
    assert {reply.moment for reply in replies} == set(Moment)
    assert all(reply.text_en and reply.title_en and reply.owner is None for reply in replies)
    assert ensure_starting_replies() == 0


def test_what_the_manager_made_of_the_start_set_stays() -> None:
    ensure_starting_replies()
    manager = make_staff("manager")
    changed, retired = CannedReply.objects.order_by("pk")[:2]
    change(changed.pk, request(title="我们的问候"), version=1, actor=manager, now=NOW)
    retire(retired.pk, version=1, actor=manager, now=NOW)

    assert ensure_starting_replies() == 0

    changed.refresh_from_db()
    retired.refresh_from_db()
    assert (changed.title, changed.version, retired.retired_at) == ("我们的问候", 2, NOW)
    assert CannedReply.objects.count() == len(STARTING_REPLIES)
