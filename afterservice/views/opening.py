"""Opening a ticket from an order, with the policy's answer before it is saved (A1, A3)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from afterservice.forms.opening import OpenForm
from afterservice.models import TicketMessage
from afterservice.rules.kinds import Problem, TicketKind
from afterservice.selectors.judging import Judgement, preview
from afterservice.selectors.opening_page import OpeningPage, read_opening
from afterservice.services.opening import open_ticket
from orders.models import OrderLine, Sku
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView


@dataclass(frozen=True)
class LineFields:
    """The fields of one line, and what it could be exchanged for."""

    line: OrderLine
    tick: BoundField
    num: BoundField
    target: BoundField
    targets: list[Sku]


def _read(tid: str) -> OpeningPage:
    page = read_opening(tid, now=clock.now())
    if page is None:
        raise Http404
    return page


def _fresh(page: OpeningPage, asked: Any) -> OpenForm:
    # Bound from the start, so that the policy answers what stands in it.
    position = asked.get("line", "")
    ticked = [line for line in page.lines if str(line.position) == position]
    sales = page.sales[ticked[0].pk] if ticked else None
    kind = asked.get("kind", "")
    data: dict[str, Any] = {
        "kind": kind if kind in TicketKind.values else sales.likeliest if sales else TicketKind.RETURN,
        "problem": Problem.CHANGED_MIND,
        "channel": TicketMessage.Channel.WANGWANG,
    }
    for line in page.lines:
        data[f"num_{line.position}"] = line.num
        if line in ticked:
            data[f"line_{line.position}"] = "on"
    if page.received is not None:
        data["received_time"] = page.received.astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M")
        data["received_source"] = "other"
    return OpenForm(data, lines=page.lines, targets=page.targets)


def _sent(page: OpeningPage, request: HttpRequest) -> OpenForm:
    return OpenForm(request.POST, lines=page.lines, targets=page.targets)


def _judged(page: OpeningPage, form: OpenForm) -> dict[str, Judgement | DomainError | None]:
    """What the rules say to the form as it stands, or what keeps them from saying anything."""
    if not form.is_valid():
        field, complaint = form.complaint()
        return {"judgement": None, "unclear": DomainError("", complaint, field=field)}
    try:
        said = preview(form.request(page.order.tid), now=clock.now(), evidence=form.cleaned_data["evidence"])
    except DomainError as refusal:
        return {"judgement": None, "unclear": refusal}
    return {"judgement": said, "unclear": None}


def opening_context(page: OpeningPage, form: OpenForm, **extra: Any) -> dict[str, Any]:
    """Everything that the page shows."""
    return {
        "opening": page,
        "order": page.order,
        "form": form,
        "line_fields": [
            LineFields(
                line,
                form[f"line_{line.position}"],
                form[f"num_{line.position}"],
                form[f"target_{line.position}"],
                [
                    sku
                    for sku in page.targets.get(line.product_id, [])
                    if sku.pk != line.sku_id and sku.sku_properties_name != line.sku_properties_name
                ],
            )
            for line in page.lines
        ],
        **_judged(page, form),
        **extra,
    }


class OpenPage(StaffPageView):
    """The form, its likeliest request chosen and answered already."""

    permission = Permission.WORK_TICKETS
    template_name = "tickets/open.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The order, the form, what the rules say."""
        page = _read(kwargs.pop("tid"))
        return super().get_context_data(**opening_context(page, _fresh(page, self.request.GET)), **kwargs)


class PreviewOpening(StaffActionView):
    """What the rules say to the form as it stands; nothing is saved."""

    permission = Permission.WORK_TICKETS

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Answer only the verdict with htmx, else the page with it."""
        page = _read(kwargs["tid"])
        form = _sent(page, request)
        if getattr(request, "htmx", False):
            return render(
                request, "tickets/_opening_verdict.html", {"order": page.order, **_judged(page, form)}
            )
        return render(request, "tickets/open.html", opening_context(page, form))


class OpenTicket(StaffActionView):
    """Open it, and go to it."""

    permission = Permission.WORK_TICKETS

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Open the ticket that the form asks for."""
        page = _read(kwargs["tid"])
        form = _sent(page, request)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        ticket = open_ticket(form.request(page.order.tid), actor=self.staff)
        draft = f"draft-open-{page.order.tid}"
        messages.success(request, _("%(ticket)s is open.") % {"ticket": ticket.number}, extra_tags=draft)
        return reverse("tickets:detail", args=[ticket.pk])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Show the refusal on the form, everything typed still in it."""
        if getattr(request, "htmx", False):
            response: HttpResponse = render(
                request, self.refusal_template, {"refusal": refusal}, status=refusal.status
            )
            response["HX-Retarget"] = "#open-refusal"
            response["HX-Reswap"] = "innerHTML"
            return response
        page = _read(kwargs["tid"])
        context = opening_context(page, _sent(page, request), refusal=refusal)
        return render(request, "tickets/open.html", context, status=refusal.status)
