"""Webhooks out: addresses that are told of events, and what was delivered to them (managers only)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shopdesk.api import events
from shopdesk.api.addresses import LONGEST_URL
from shopdesk.api.models import Delivery, Webhook
from shopdesk.api.services.deliveries import resend, send_test
from shopdesk.api.services.webhooks import WebhookRequest, change_webhook, make_webhook, renew_secret
from shopdesk.base.errors import DomainError
from shopdesk.base.forms import DeskForm
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffPageView, next_address
from shopdesk.desk.selectors.integrations import Deliveries, read_webhooks
from shopdesk.desk.views.integrations import IntegrationsAction, shown_once, typed

ONE, ALL = "integrations/webhook.html", "integrations/webhooks.html"


class WebhookForm(DeskForm):
    """A webhook as a manager lays it down; the service says what cannot be."""

    name = forms.CharField(label=gettext_lazy("program"), max_length=60)
    url = forms.CharField(label=gettext_lazy("address"), max_length=LONGEST_URL)
    events = forms.MultipleChoiceField(label=gettext_lazy("events"))
    active = forms.BooleanField(label=gettext_lazy("active"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, name) for name in sorted(events.names())]
        self.fields["events"].choices = known  # type: ignore[attr-defined]  # a field of choices

    def wanted(self) -> WebhookRequest:
        """What the service takes."""
        told = typed(self)
        return WebhookRequest(told["name"], told["url"], told["events"], told["active"])


def _choices() -> list[tuple[str, list[events.EventKind]]]:
    titles = {"order": _("Orders"), "ticket": _("After-sales")}
    return [(titles.get(subject, subject), kinds) for subject, kinds in sorted(events.registered().items())]


def webhooks_shown(**more: Any) -> dict[str, Any]:
    """What the page of webhooks shows."""
    form = WebhookForm(initial={"active": True})
    return {"webhooks": read_webhooks(), "form": form, "choices": _choices(), **more}


def webhook_shown(pk: int, **more: Any) -> dict[str, Any]:
    """What the page of one webhook shows. Raises ``Http404`` for none."""
    webhook = get_object_or_404(Webhook, pk=pk)
    initial = {name: getattr(webhook, name) for name in ("name", "url", "events", "active")}
    return {"webhook": webhook, "form": WebhookForm(initial=initial), "choices": _choices(), **more}


class WebhooksPage(StaffPageView):
    """The webhooks, and a new one."""

    permission = Permission.ADMINISTER
    template_name = ALL

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of statements."""
        return super().get_context_data(**webhooks_shown(), **kwargs)


class WebhookPage(StaffPageView):
    """One webhook."""

    permission = Permission.ADMINISTER
    template_name = ONE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The webhook."""
        return super().get_context_data(**webhook_shown(kwargs.pop("pk")), **kwargs)


class DeliveriesPage(StaffPageView):
    """What was delivered, what waits, what was given up."""

    permission = Permission.ADMINISTER
    template_name = "integrations/deliveries.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of deliveries as filtered; a constant number of statements."""
        asked = self.request.GET
        wanted = Deliveries.of(asked.get("state", ""), asked.get("webhook", ""))
        return super().get_context_data(
            page=wanted.read(asked.get("cursor", "")),
            wanted=wanted,
            states=Delivery.State.choices,
            webhooks=read_webhooks(),
            **kwargs,
        )


class MakeWebhook(IntegrationsAction):
    """Make a webhook, and show its secret once."""

    page, template, form_class = "webhooks", ALL, WebhookForm

    def shown(self, request: HttpRequest, **more: Any) -> dict[str, Any]:
        """The webhooks."""
        return webhooks_shown(**more)

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Make it."""
        webhook, secret = make_webhook(WebhookForm(request.POST).wanted(), actor=self.staff)
        return shown_once(request, ONE, webhook_shown(webhook.pk, secret=secret))


class WebhookAction(IntegrationsAction):
    """What the actions on one webhook have in common."""

    template = ONE

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The webhook."""
        return reverse("webhook", args=[kwargs["pk"]])


class ChangeWebhook(WebhookAction):
    """Change a webhook, or switch it on or off."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Save it."""
        get_object_or_404(Webhook, pk=kwargs["pk"])
        change_webhook(kwargs["pk"], WebhookForm(request.POST).wanted(), actor=self.staff)
        messages.success(request, _("Saved."))
        return self.back(request, **kwargs)

    def refuse(self, request: HttpRequest, refusal: DomainError, **kwargs: Any) -> HttpResponseBase:
        """The page with what was typed."""
        context = webhook_shown(kwargs["pk"], form=WebhookForm(request.POST), refusal=refusal)
        return render(request, ONE, context, status=refusal.status)


class RenewSecret(WebhookAction):
    """Sign with another secret from now on, and show it once."""

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Renew it."""
        get_object_or_404(Webhook, pk=kwargs["pk"])
        webhook, secret = renew_secret(kwargs["pk"], actor=self.staff)
        return shown_once(request, ONE, webhook_shown(webhook.pk, secret=secret))


class SendTest(WebhookAction):
    """Send a test event, and show what comes of it."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Put it into the outbox."""
        send_test(kwargs["pk"], actor=self.staff)
        messages.success(request, _("A test event is on its way; it shows here within seconds."))
        return f"{reverse('deliveries')}?webhook={kwargs['pk']}"


class ResendDelivery(IntegrationsAction):
    """Deliver an event once more."""

    def act(self, request: HttpRequest, **kwargs: Any) -> str:
        """Let it be due now."""
        resend(kwargs["pk"], actor=self.staff)
        messages.success(request, _("It is sent again, with the same number."))
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The deliveries."""
        return reverse("deliveries")
