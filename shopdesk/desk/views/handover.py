"""Handing over to the next shift, and taking over line by line (T2)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.listing import capped_counts
from shopdesk.base.models import Staff
from shopdesk.base.permissions import Permission
from shopdesk.base.shifts import ShiftCode
from shopdesk.base.web import StaffActionView, StaffPageView, next_address
from shopdesk.desk.models import Handover, HandoverLine
from shopdesk.desk.selectors.handovers import (
    change_for,
    draw_up,
    line_cards,
    read_lines,
    read_packet,
    read_packets,
    to_accept,
    to_answer,
    with_supervisors,
)
from shopdesk.desk.services.handovers import accept_line, answer, ask_back, hand_over

TEMPLATE = "team/handover.html"
WORDS_DRAFT = "handover-words"
LISTS = {
    "accept": to_accept,
    "supervisor": lambda staff: with_supervisors(),
    "questions": to_answer,
}


def handover_context(staff: Staff, tab: str, cursor: str, **more: Any) -> dict[str, Any]:
    """What the page shows under a tab."""
    now = clock.now()
    context: dict[str, Any] = {
        "tab": tab,
        "counts": capped_counts({name: lines(staff) for name, lines in LISTS.items()}),
    }
    if tab in LISTS:
        context["page"], context["cards"] = read_lines(LISTS[tab](staff), staff=staff, now=now, cursor=cursor)
    elif tab == "given":
        context["page"] = read_packets(cursor)
    elif change := change_for(staff, now):
        context["change"] = change
        context["ending"] = ShiftCode(change.ending.code).label
        context["taking_over"] = ShiftCode(change.taking_over.code).label
        context["drawn"] = draw_up(staff, change.taking_over.ends)
    return context | more


class HandoverPage(StaffPageView):
    """What waits to be accepted, what one hands over, and the packets so far."""

    permission = Permission.HAND_OVER
    template_name = TEMPLATE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The tab that the address asks for; a constant number of statements."""
        tab = self.request.GET.get("tab", "")
        tab = tab if tab in (*LISTS, "give", "given") else "accept"
        shown = handover_context(self.staff, tab, self.request.GET.get("cursor", ""))
        return super().get_context_data(**shown, **kwargs)


class PacketPage(StaffPageView):
    """One packet as it was handed over, and how each line stands now."""

    permission = Permission.HAND_OVER
    template_name = "team/packet.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The packet; a constant number of statements."""
        handover = get_object_or_404(Handover.objects.select_related("given_by"), pk=self.kwargs["pk"])
        cards = read_packet(handover, staff=self.staff, now=clock.now())
        return super().get_context_data(handover=handover, cards=cards, **kwargs)


class GiveHandover(StaffActionView):
    """Hand over."""

    permission = Permission.HAND_OVER

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Freeze the packet, and show it."""
        drafts = [
            (tid, text) for tid, _bar, text in (raw.partition("|") for raw in request.POST.getlist("draft"))
        ]
        handover = hand_over(words=request.POST.get("words", ""), drafts=drafts, actor=self.staff)
        messages.success(
            request, _("Handed over. The next shift accepts it line by line."), extra_tags=WORDS_DRAFT
        )
        return reverse("handover-packet", args=[handover.pk])

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page again, with what was typed."""
        context = handover_context(
            self.staff, "give", "", refusal=refusal, words=request.POST.get("words", "")
        )
        return render(request, TEMPLATE, context, status=refusal.status)


class LineAction(StaffActionView):
    """What the actions on a line have in common: with htmx the line as it is now takes its place."""

    permission = Permission.HAND_OVER

    def perform(self, request: HttpRequest, line_id: int) -> tuple[HandoverLine, str]:
        """Call the service; answers the line and what to tell the person."""
        raise NotImplementedError

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Do it, and show the line."""
        line, told = self.perform(request, kwargs["pk"])
        if getattr(request, "htmx", False):
            named = HandoverLine.objects.select_related(
                "handover__given_by", "accepted_by", "asked_by", "order__buyer"
            )
            [card] = line_cards([named.get(pk=line.pk)], staff=self.staff, now=clock.now())
            return render(request, "team/_line.html", {"card": card, "told": told})
        messages.success(request, told)
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """What waits."""
        return reverse("handover")

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The refusal in the line, which keeps what was typed."""
        response = super().refuse(request, refusal, **kwargs)
        if getattr(request, "htmx", False):
            response["HX-Retarget"] = f"#line-{kwargs['pk']}-refusal"
            response["HX-Reswap"] = "innerHTML"
        return response


class AcceptLine(LineAction):
    """Take a line over."""

    def perform(self, request: HttpRequest, line_id: int) -> tuple[HandoverLine, str]:
        """Accept it."""
        return accept_line(line_id, actor=self.staff), _("Accepted: it is yours now.")


class AskBack(LineAction):
    """Ask whoever handed a line over."""

    def perform(self, request: HttpRequest, line_id: int) -> tuple[HandoverLine, str]:
        """Ask."""
        line = ask_back(line_id, request.POST.get("question", ""), actor=self.staff)
        return line, _("Asked. The answer stands here, and the line can be accepted meanwhile.")


class AnswerLine(LineAction):
    """Answer a question about a line that one handed over."""

    def perform(self, request: HttpRequest, line_id: int) -> tuple[HandoverLine, str]:
        """Answer."""
        return answer(line_id, request.POST.get("answer", ""), actor=self.staff), _("Answered.")
