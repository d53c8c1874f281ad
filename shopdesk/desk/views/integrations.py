"""Integrations: tokens of programs that call us, and who may tell us of payments (managers only)."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shopdesk.api.access import Scope
from shopdesk.api.services.tokens import NewToken, make_token, revoke_token
from shopdesk.api.services.webhooks import make_sender, revoke_sender
from shopdesk.base import clock
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission, Role
from shopdesk.base.web import StaffActionView, StaffPageView
from shopdesk.desk.selectors.integrations import read_senders, read_tokens, read_waiting

# How long a token may be good for, in days; 0: until it is revoked.
EXPIRIES = (90, 30, 365, 0)


class TokenForm(DeskForm):
    """A token as a manager makes it."""

    name = forms.CharField(label=gettext_lazy("program"), max_length=60)
    role = forms.ChoiceField(label=gettext_lazy("role"), choices=Role.choices)
    scopes = forms.MultipleChoiceField(label=gettext_lazy("scopes"), choices=Scope.choices)
    days = forms.TypedChoiceField(
        label=gettext_lazy("expires"), choices=[(days, str(days)) for days in EXPIRIES], coerce=int
    )
    calls_a_minute = forms.IntegerField(label=gettext_lazy("calls a minute"), min_value=1, max_value=100_000)

    def wanted(self) -> NewToken:
        """What the service takes."""
        typed = self.cleaned_data
        expires_at = clock.now() + timedelta(days=typed["days"]) if typed["days"] else None
        return NewToken(typed["name"], typed["role"], typed["scopes"], expires_at, typed["calls_a_minute"])


class SenderForm(DeskForm):
    """Who tells us of payments."""

    name = forms.CharField(label=gettext_lazy("program"), max_length=60)


def typed(form: DeskForm) -> dict[str, Any]:
    """What a form holds. Raises ``DomainError`` (T1) for what it does not take."""
    if not form.is_valid():
        field, complaint = form.complaint()
        raise DomainError("T1", complaint, field=field)
    return form.cleaned_data


def shown_once(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page with a secret on it: no browser and no proxy keeps it."""
    response = render(request, template, context)
    add_never_cache_headers(response)
    return response


class IntegrationsAction(StaffActionView):
    """What the actions of these pages have in common: who may, and the page with what was typed on a refusal."""

    permission = Permission.ADMINISTER
    page: ClassVar[str]
    template: ClassVar[str]
    form_class: ClassVar[type[DeskForm] | None] = None

    def shown(self, request: HttpRequest, **more: Any) -> dict[str, Any]:
        """What the page shows."""
        raise NotImplementedError

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The page."""
        return reverse(self.page)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page with what was typed, or with a message."""
        if self.form_class is None:
            return super().refuse(request, refusal, **kwargs)
        context = self.shown(request, form=self.form_class(request.POST), refusal=refusal)
        return render(request, self.template, context, status=refusal.status)


def tokens_shown(**more: Any) -> dict[str, Any]:
    """What the page of tokens shows."""
    form = TokenForm(initial={"role": Role.AGENT, "days": EXPIRIES[0], "calls_a_minute": 600})
    tokens, now = read_tokens(), clock.now()
    return {
        "rows": [(token, [Scope(scope) for scope in token.scopes], token.is_valid(now)) for token in tokens],
        "form": form, "roles": Role.choices, "scopes": Scope.choices, "expiries": EXPIRIES, **more,
    }  # fmt: skip


class TokensPage(StaffPageView):
    """The tokens, and a new one."""

    permission = Permission.ADMINISTER
    template_name = "integrations/tokens.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The tokens; a constant number of statements."""
        return super().get_context_data(**tokens_shown(), **kwargs)


class MakeToken(IntegrationsAction):
    """Make a token, and show it once."""

    page, template, form_class = "integrations", "integrations/tokens.html", TokenForm

    def shown(self, request: HttpRequest, **more: Any) -> dict[str, Any]:
        """The tokens."""
        return tokens_shown(**more)

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Make it."""
        form = TokenForm(request.POST)
        typed(form)
        token, key = make_token(form.wanted(), actor=self.staff)
        return shown_once(request, self.template, tokens_shown(made=token, secret=key))


class RevokeToken(IntegrationsAction):
    """Refuse every call with a token from now on."""

    page = "integrations"

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Revoke it."""
        token = revoke_token(kwargs["pk"], actor=self.staff)
        messages.success(request, _("“%(name)s” may call no more.") % {"name": token.name})
        return self.back(request)


def payments_shown(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """What the page of incoming payments shows."""
    return {
        "senders": read_senders(),
        "waiting": read_waiting(),
        "address": request.build_absolute_uri(reverse("deliveries:payment-webhook")),
        "form": SenderForm(),
        **more,
    }


class PaymentsPage(StaffPageView):
    """Who may tell us of payments, and payments that wait for their order."""

    permission = Permission.ADMINISTER
    template_name = "integrations/payments.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of statements."""
        return super().get_context_data(**payments_shown(self.request), **kwargs)


class MakeSender(IntegrationsAction):
    """Let a program tell us of payments, and show its secret once."""

    page, template, form_class = "integrations-payments", "integrations/payments.html", SenderForm

    def shown(self, request: HttpRequest, **more: Any) -> dict[str, Any]:
        """The senders."""
        return payments_shown(request, **more)

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Make it."""
        sender, secret = make_sender(typed(SenderForm(request.POST))["name"], actor=self.staff)
        return shown_once(request, self.template, payments_shown(request, made=sender, secret=secret))


class RevokeSender(IntegrationsAction):
    """Refuse what a sender signs from now on."""

    page = "integrations-payments"

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Revoke it."""
        sender = revoke_sender(kwargs["pk"], actor=self.staff)
        messages.success(request, _("What “%(name)s” signs is refused now.") % {"name": sender.name})
        return self.back(request)
