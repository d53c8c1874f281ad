"""The app of the API: what its callers prove themselves with, and what is told to other programs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """Tokens, answers kept for repeated writes, webhooks. It stands on the kernel; each app brings its calls."""

    name = "shopdesk.api"
    label = "api"
    verbose_name = _("Integrations")

    def ready(self) -> None:
        """Describe our own way of signing in to the schema, and register the jobs."""
        from shopdesk.api import schema  # noqa: F401
        from shopdesk.api.services.answers import forget_answers
        from shopdesk.api.services.deliveries import forget_deliveries
        from shopdesk.base import jobs

        jobs.register(
            jobs.Job(
                name="forget_answers",
                title=_("Forget answers of the API"),
                purpose=_(
                    "Removes what was kept for 24 hours so that a write that is sent again happens once."
                ),
                service=forget_answers,
                minute="43",
            )
        )
        jobs.register(
            jobs.Job(
                name="forget_deliveries",
                title=_("Forget deliveries of webhooks"),
                purpose=_("Removes events that webhooks were told, or that were given up, after 30 days."),
                service=forget_deliveries,
                minute="49",
                hour="3",
            )
        )
