"""The kernel app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BaseConfig(AppConfig):
    """Staff, audit, jobs, approvals, saved views: what every other app stands on."""

    name = "shopdesk.base"
    label = "base"
    verbose_name = _("Staff and settings")

    def ready(self) -> None:
        """Register the kernel's own jobs."""
        from shopdesk.base import arrays, checks, jobs, queueing, storage  # noqa: F401
        from shopdesk.base.models import Export
        from shopdesk.base.services import exports
        from shopdesk.base.services.lapsing import lapse_approvals
        from shopdesk.base.services.taking_up import take_up_work
        from shopdesk.base.services.upkeep import keep_up
        from shopdesk.base.tasks import write_export

        jobs.register(
            jobs.Job(
                name="upkeep",
                title=_("Upkeep"),
                purpose=_(
                    "Prepares the audit log's next months; removes reports of runs that are 90 days old, and "
                    "exported files that are a week old."
                ),
                service=keep_up,
                minute="17",
                hour="3",
            )
        )
        jobs.register(
            jobs.Job(
                name="take_up_work",
                title=_("Take up lost work"),
                purpose=_(
                    "Begins imports, files and actions on many orders again that did not move for five minutes: the "
                    "queue lost them, or their worker died."
                ),
                service=take_up_work,
                minute="*/2",
            )
        )
        storage.register_folder("exports", Export.objects.exclude(file="").values_list("file", flat=True))
        queueing.register(
            queueing.HandedOver(
                "export", exports.lost, lambda number, now: exports.begin_again(number, write_export.delay)
            )
        )
        jobs.register(
            jobs.Job(
                name="lapse_approvals",
                title=_("Lapse approvals"),
                purpose=_(
                    "Lets requests lapse whose order changed since (P2), and asks every supervisor about those that "
                    "nobody answered for 4 hours of shift time (P3)."
                ),
                service=lapse_approvals,
                minute="*/5",
            )
        )
