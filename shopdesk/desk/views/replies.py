"""Canned replies: the page on which they are kept (T3)."""

from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from orders.models import Order
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm, VersionedForm
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, staff_of
from shopdesk.desk.forms import ChangeReplyForm, ReplyForm
from shopdesk.desk.models import CannedReply
from shopdesk.desk.rules.replies import Moment
from shopdesk.desk.rules.reply_claims import Claim
from shopdesk.desk.rules.reply_fields import FIELDS
from shopdesk.desk.selectors.replies import Offer, fill_all, replies_for_page
from shopdesk.desk.selectors.reply_facts import order_facts
from shopdesk.desk.services import replies

VIEWS = ("all", "shared", "mine", "retired")
_FILTERS = ("view", "moment", "q", "sample")
TEMPLATE = "team/replies.html"


def page_context(
    request: HttpRequest,
    *,
    form: DeskForm | None = None,
    refusal: DomainError | None = None,
    opened: str = "",
) -> dict[str, Any]:
    """Everything that the page shows: the replies that are looked for, one of them opened, and its preview.

    A fixed number of statements. ``form`` is one that was sent and refused; ``opened`` is what it was sent for.
    """
    asked = request.POST if request.method == "POST" else request.GET
    staff = staff_of(request)
    filters = {name: asked.get(name, "").replace("\x00", "").strip()[:60] for name in _FILTERS}
    view = filters["view"] if filters["view"] in VIEWS else "all"
    moment = filters["moment"] if filters["moment"] in Moment.values and form is None else ""
    rows = replies_for_page(staff, view=view, moment=moment, text=filters["q"])
    opened = opened or asked.get("open", "")
    chosen = next((row for row in rows if str(row.pk) == opened), None)
    if chosen is None and request.method == "POST" and opened != "new":
        # Refused: it is shown, whatever the list is filtered by.
        own = CannedReply.objects.filter(Q(owner=None) | Q(owner=staff), pk=int(opened))
        chosen = own.select_related("changed_by").first()
    return {
        "rows": rows,
        "view": view,
        "moment": moment,
        "moments": Moment.choices,
        "claim_choices": Claim.choices,
        "fields": FIELDS,
        "filters": filters,
        "query": urlencode({name: value for name, value in filters.items() if value}),
        "chosen": chosen,
        "making": opened == "new" or (form is not None and chosen is None),
        "may_change": chosen is not None and _may_change(chosen, staff),
        "form": form or _form_of(chosen),
        "refusal": refusal,
        **_preview(chosen, filters["sample"]),
    }


def _may_change(reply: CannedReply, staff: Staff) -> bool:
    if reply.retired_at is not None:
        return False
    return reply.owner_id == staff.pk or (reply.owner_id is None and staff.may(Permission.SHARE_REPLIES))


def _form_of(reply: CannedReply | None) -> DeskForm:
    if reply is None:
        return ReplyForm(initial={"shared": True})
    shown = ("moment", "title", "title_en", "text", "text_en", "claims", "version")
    return ChangeReplyForm(initial={name: getattr(reply, name) for name in shown})


def _preview(reply: CannedReply | None, tid: str) -> dict[str, Any]:
    """The opened reply as it would be sent to the order that was typed in."""
    if reply is None or not tid:
        return {}
    order = Order.objects.filter(pk=tid).first()
    if order is None:
        return {"no_sample": True}
    offers: list[Offer] = fill_all([reply], order_facts(order, now=clock.now()))
    return {"offer": offers[0], "sample": order}


class RepliesPage(StaffPageView):
    """The replies by moment, with one of them opened."""

    permission = Permission.SEE_REPLIES
    template_name = TEMPLATE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The replies that are looked for."""
        return super().get_context_data(**page_context(self.request), **kwargs)


class ReplyAction(StaffActionView):
    """What is done with a reply. Refused, the page comes back with everything typed in it."""

    permission = Permission.SEE_REPLIES
    form_class: ClassVar[type[DeskForm] | None] = VersionedForm
    _form: DeskForm | None = None

    def perform(self, pk: int, form: Any) -> tuple[str, CannedReply | None]:
        """Call the service; answers what to tell, and which reply to open."""
        raise NotImplementedError

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Read the form, perform, go back to the page."""
        if self.form_class is not None:
            self._form = self.form_class(request.POST)
            if not self._form.is_valid():
                field, complaint = self._form.complaint()
                raise DomainError("T3", complaint, field=field)
        told, reply = self.perform(kwargs.get("pk", 0), self._form)
        messages.success(request, told)
        opened = f"?open={reply.pk}#opened" if reply else ""
        return reverse("replies") + opened

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Beside the form that was sent."""
        typed = self._form if isinstance(self._form, ReplyForm) else None
        context = page_context(
            request, form=typed, refusal=refusal, opened=str(kwargs["pk"]) if "pk" in kwargs else "new"
        )
        return render(request, TEMPLATE, context, status=refusal.status)


class MakeReply(ReplyAction):
    """Write a reply, for oneself or, by a manager, shared by all."""

    permission = Permission.SEE_REPLIES
    form_class = ReplyForm

    def perform(self, pk: int, form: ReplyForm) -> tuple[str, CannedReply | None]:
        """Make it."""
        shared = form.cleaned_data["shared"] and self.staff.may(Permission.SHARE_REPLIES)
        reply = replies.make(form.request(), shared=shared, actor=self.staff)
        return _("“%(title)s” is kept.") % {"title": reply.title}, reply


class ChangeReply(ReplyAction):
    """Change a reply: a new version."""

    permission = Permission.SEE_REPLIES
    form_class = ChangeReplyForm

    def perform(self, pk: int, form: ChangeReplyForm) -> tuple[str, CannedReply | None]:
        """Change it."""
        reply = replies.change(pk, form.request(), version=form.cleaned_data["version"], actor=self.staff)
        return _("“%(title)s” is changed.") % {"title": reply.title}, reply


class CopyReply(ReplyAction):
    """Copy a reply to one's own."""

    permission = Permission.SEE_REPLIES
    form_class = None

    def perform(self, pk: int, form: None) -> tuple[str, CannedReply | None]:
        """Copy it."""
        reply = replies.copy_to_mine(pk, actor=self.staff)
        return _("“%(title)s” is yours now: change it as you like.") % {"title": reply.title}, reply


class RetireReply(ReplyAction):
    """Take a reply out of use."""

    permission = Permission.SEE_REPLIES

    def perform(self, pk: int, form: VersionedForm) -> tuple[str, CannedReply | None]:
        """Retire it."""
        reply = replies.retire(pk, version=form.cleaned_data["version"], actor=self.staff)
        return _("“%(title)s” is retired; what was sent of it stays on record.") % {
            "title": reply.title
        }, None
