"""The warehouse's returns: what comes back is scanned, inspected, and matched where nobody told of it (A5, A11)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from afterservice.forms.returns import AddressForm, InspectForm, ListForm, MatchForm, ReturnScanForm
from afterservice.selectors.goods_facts import return_address
from afterservice.selectors.returns import ReturnTab, read_inspection, read_returns
from afterservice.services import addresses, arrivals, returning
from shopdesk.base.errors import DomainError
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address


def _returns(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.get("tab", "")
    tab = ReturnTab(asked) if asked in ReturnTab.values else ReturnTab.TO_INSPECT
    return read_returns(tab, cursor=request.GET.get("cursor", ""))


class ReturnsPage(StaffPageView):
    """What is on its way back, here to be inspected, failed, or without a ticket; and the scan box."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "returns/returns.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of statements."""
        return super().get_context_data(**_returns(self.request), **kwargs)


class ScanReturn(StaffActionView):
    """One scan: the goods of a ticket are received. It answers large and in colour; the page plays its sound."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Receive what was scanned."""
        form = ReturnScanForm(request.POST)
        if not form.is_valid():
            raise DomainError("A5", form.complaint()[1])
        tickets = returning.receive(form.cleaned_data["text"], actor=self.staff)
        found = [read_inspection(ticket.pk) for ticket in tickets]
        return self._answer(request, {"signal": "go", "received": found}, status=200)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Stop, loudly; a number that nobody told of can be put on the list."""
        text = arrivals.tidy(request.POST.get("text", "")[:200])
        # Nobody told of it, or its ticket was closed meanwhile: it may stand on the list.
        number = text if arrivals.RETURN_NUMBER.match(text) else ""
        listable = refusal.code in ("A11", "A6")
        context = {"signal": "stop", "refusal": refusal, "text": text, "number": number, "listable": listable}
        return self._answer(request, context, status=refusal.status)

    def _answer(self, request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponseBase:
        if getattr(request, "htmx", False):
            return render(request, "returns/_scan_result.html", context, status=status)
        return render(request, "returns/returns.html", {**_returns(request), **context}, status=status)


class _ReturnsAction(StaffActionView):
    """An action of the returns page, which comes back to it."""

    permission = Permission.WORK_WAREHOUSE

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The returns page."""
        return reverse("returns:returns")


class PutOnList(_ReturnsAction):
    """Goods that no ticket told of (A11)."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Put them on the list."""
        form = ListForm(request.POST)
        if not form.is_valid():
            raise DomainError("A11", form.complaint()[1])
        data = form.cleaned_data
        found = arrivals.put_on_list(data["text"], data["note"], actor=self.staff)
        messages.success(request, _("%(number)s is on the list.") % {"number": found.invoice_no})
        return f"{reverse('returns:returns')}?tab={ReturnTab.UNMATCHED}"


class MatchReturn(_ReturnsAction):
    """Whose the goods are (A11)."""

    permission = Permission.WORK_WAREHOUSE

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Match them: their ticket has received them."""
        form = MatchForm(request.POST)
        if not form.is_valid():
            raise DomainError("A11", form.complaint()[1])
        ticket = arrivals.match(kwargs["pk"], form.number(), actor=self.staff)
        messages.success(request, _("%(ticket)s has its goods.") % {"ticket": ticket.number})
        return next_address(request, f"{reverse('returns:returns')}?tab={ReturnTab.UNMATCHED}")


class InspectionPage(StaffPageView):
    """Goods that are here, and the form for what the inspection finds; made for a phone."""

    permission = Permission.WORK_WAREHOUSE
    template_name = "returns/inspection.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The goods, without prices and phones (T1)."""
        card = read_inspection(kwargs.pop("number"))
        if card is None:
            raise Http404
        form = InspectForm(initial={"version": card.ticket.version})
        return super().get_context_data(card=card, form=form, **kwargs)


class Inspect(StaffActionView):
    """What the inspection found (A5, A10)."""

    permission = Permission.WORK_WAREHOUSE
    _form: InspectForm | None = None

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Keep it with its photos."""
        self._form = form = InspectForm(request.POST, request.FILES)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        data = form.cleaned_data
        ticket = returning.inspect(
            kwargs["number"],
            passed=data["result"] == "pass",
            found=data["found"],
            photos=data["photos"],
            version=data["version"],
            actor=self.staff,
        )
        messages.success(
            request,
            _("%(ticket)s: %(goods)s.") % {"ticket": ticket.number, "goods": ticket.get_goods_display()},
        )
        return reverse("returns:returns")

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """Beside the form, what was typed still in it; a browser gives photos only once."""
        card = read_inspection(kwargs["number"])
        if card is None:
            raise Http404
        context = {"card": card, "form": self._form or InspectForm(), "refusal": refusal}
        return render(request, "returns/inspection.html", context, status=refusal.status)


class ReturnAddressPage(StaffPageView):
    """The address that goods are sent back to, and those before it."""

    permission = Permission.SEE_POLICIES
    template_name = "tickets/return_address.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The newest, and the form."""
        return super().get_context_data(**address_context(), **kwargs)


def address_context(form: AddressForm | None = None) -> dict[str, Any]:
    """What the page of the return address shows."""
    address = return_address()
    initial = {"text": address.text if address else "", "seen": address.pk if address else None}
    return {"address": address, "form": form or AddressForm(initial=initial)}


class ChangeReturnAddress(StaffActionView):
    """Keep another return address (A7)."""

    permission = Permission.CHANGE_POLICIES
    _form: AddressForm | None = None

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Keep it."""
        self._form = form = AddressForm(request.POST)
        if not form.is_valid():
            raise DomainError("A7", form.complaint()[1])
        data = form.cleaned_data
        addresses.change_return_address(data["text"], seen=data["seen"], actor=self.staff)
        messages.success(request, _("Goods are sent back to this address from now on."))
        return reverse("tickets:return-address")

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """On the page, with what was typed."""
        context = address_context(self._form) | {"refusal": refusal}
        return render(request, "tickets/return_address.html", context, status=refusal.status)
