"""Pages that span apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """Home, jobs, approvals, to do on Taobao, sign-in."""

    name = "shopdesk.desk"
    label = "desk"
    verbose_name = _("Desk")

    def ready(self) -> None:
        """Register the desk's own jobs, and what it writes into the timeline of orders."""
        from orders.selectors.timeline import register
        from shopdesk.base import exports, jobs
        from shopdesk.desk.selectors.exports.lists import LISTS
        from shopdesk.desk.selectors.order_timeline import SENTENCES
        from shopdesk.desk.services.forecasts import foresee_night
        from shopdesk.desk.services.forgetting import forget_personal_values
        from shopdesk.desk.services.handovers import escalate_handovers

        jobs.register(
            jobs.Job(
                name="escalate_handovers",
                title=_("Handovers not accepted"),
                purpose=_(
                    "Gives the supervisors what nobody accepted within an hour of the next shift's beginning (T2)."
                ),
                service=escalate_handovers,
                minute="*/5",
            )
        )
        jobs.register(
            jobs.Job(
                name="foresee_night",
                title=_("Foresee the night"),
                purpose=_(
                    "Keeps what each job would do until nine in the morning, to be compared with what it did."
                ),
                service=foresee_night,
                minute="0",
                hour="18",
            )
        )
        jobs.register(
            jobs.Job(
                name="forget_personal_values",
                title=_("Forget personal values"),
                purpose=_(
                    "Empties receiver, address, phones and words of orders that ended longer ago than the setting "
                    "PERSONAL_DAYS says; 0 keeps all. The audit stays."
                ),
                service=forget_personal_values,
                minute="37",
                hour="4",
            )
        )
        exports.register(*LISTS)
        for action, sentence in SENTENCES.items():
            register(action, sentence)
