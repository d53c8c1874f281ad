"""The shop's tags for buyers: the legend, and putting one on or taking it off (N6)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import BuyerTag
from members.selectors import legend
from members.services import tags
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address

MOST_KEY = 2**63 - 1


class TagForm(DeskForm):
    """A tag of the legend. What is sensible is for the service to say."""

    name = forms.CharField(label=gettext_lazy("Tag"), max_length=100, required=False)
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=BuyerTag.Colour.choices)
    meaning = forms.CharField(label=gettext_lazy("Meaning"), max_length=400, required=False)
    retired = forms.BooleanField(required=False)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class ChosenForm(DeskForm):
    """The tag that was chosen."""

    tag = forms.IntegerField(label=gettext_lazy("Tag"), min_value=1, max_value=MOST_KEY)


class BuyerTagsPage(StaffPageView):
    """Every tag with its meaning; the manager changes them here."""

    permission = Permission.SEE_MEMBERS
    template_name = "desk/buyer_tags.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The legend: one statement."""
        return super().get_context_data(**legend_context(), **kwargs)


def legend_context(**shown: Any) -> dict[str, Any]:
    """What the page shows; ``bound`` and ``refusal`` where a form was refused, ``at`` naming which tag's."""
    return {"tags": legend(), "colours": BuyerTag.Colour.choices, **shown}


class _ChangeLegend(StaffActionView):
    """A change of the legend. A refusal shows the page again, everything typed still in it."""

    permission = Permission.ADMINISTER

    def read(self, request: HttpRequest) -> dict[str, Any]:
        """What was typed. Raises ``DomainError`` for what is none of the form's."""
        form = TagForm(request.POST)
        if not form.is_valid():
            field, complaint = form.complaint()
            raise DomainError("", complaint, field=field)
        return form.cleaned_data

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The legend."""
        return reverse("buyer-tags")

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page, with what was typed."""
        context = legend_context(typed=request.POST, refusal=refusal, at=kwargs.get("pk"))
        return render(request, "desk/buyer_tags.html", context, status=refusal.status)


class MakeTag(_ChangeLegend):
    """Add a tag."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Make it."""
        typed = self.read(request)
        tags.make_tag(typed["name"], typed["colour"], typed["meaning"], actor=self.staff)
        messages.success(request, _("The tag can be put on buyers now."))
        return self.back(request)


class ChangeTag(_ChangeLegend):
    """Say a tag anew, or retire it."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Change it."""
        typed = self.read(request)
        tags.change_tag(
            kwargs["pk"],
            typed["name"],
            typed["colour"],
            typed["meaning"],
            retired=typed["retired"],
            version=typed["version"] or 1,
            actor=self.staff,
        )
        messages.success(request, _("The tag is changed."))
        return self.back(request)


class _TagBuyer(StaffActionView):
    """A tag on one buyer, from the buyer's page or an order's."""

    permission = Permission.WORK_ORDERS

    def tag(self, request: HttpRequest) -> int:
        """Which tag was chosen."""
        form = ChosenForm(request.POST)
        if not form.is_valid():
            raise DomainError("N6", _("Choose a tag."), field="tag")
        chosen: int = form.cleaned_data["tag"]
        return chosen

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page that it was asked on."""
        return next_address(request, reverse("member", args=[kwargs["nick"]]))


class PutTag(_TagBuyer):
    """Put a tag on."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Put it on."""
        tag = tags.put_tag(kwargs["nick"], self.tag(request), actor=self.staff)
        messages.success(request, _("Tagged: %(tag)s.") % {"tag": tag.name})
        return self.back(request, **kwargs)


class TakeTag(_TagBuyer):
    """Take a tag off."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Take it off."""
        tags.take_tag(kwargs["nick"], self.tag(request), actor=self.staff)
        messages.success(request, _("The tag is off."))
        return self.back(request, **kwargs)
