"""To do on Taobao: what staff did here and must also do there (D5)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from orders.models import PlatformTask
from orders.rules.notes import MEMO_BYTES
from orders.selectors.platform_tasks import open_tasks, read_tasks, todos
from orders.services import platform
from shopdesk.base.listing import capped_counts
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffActionView, StaffPageView, next_address

Kind = PlatformTask.Kind


class PlatformTasksPage(StaffPageView):
    """The list, by kind, with everything to copy; and what was done."""

    permission = Permission.PLATFORM_TASKS
    template_name = "desk/platform_tasks.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of tasks, and how many of each kind are open."""
        done = self.request.GET.get("tab") == "done"
        kind = self.request.GET.get("kind", "")
        kind = kind if kind in Kind.values else ""
        page, shown = read_tasks(done=done, kind=kind, cursor=self.request.GET.get("cursor", ""))
        counts = capped_counts(
            {"": open_tasks()} | {code: open_tasks().filter(kind=code) for code in Kind.values}
        )
        return super().get_context_data(
            done=done,
            kind=kind,
            kinds=[
                (code, label, counts[code]) for code, label in Kind.choices if counts[code] or code == kind
            ],
            open_count=counts[""],
            page=page,
            todos=shown,
            memo_limit=MEMO_BYTES,
            **kwargs,
        )


class TickView(StaffActionView):
    """Tick one task off: it was done on Taobao."""

    permission = Permission.PLATFORM_TASKS

    def act(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | str:
        """Tick it, and show it as done in its place."""
        task = platform.tick(kwargs["pk"], actor=self.staff)
        if getattr(request, "htmx", False):
            task = PlatformTask.objects.select_related("order__buyer", "done_by").get(pk=task.pk)
            [todo] = todos([task])
            return render(
                request,
                "desk/_platform_task.html",
                {"todo": todo, "done": True, "just_done": True, "memo_limit": MEMO_BYTES},
            )
        messages.success(request, _("Ticked off: %(what)s.") % {"what": task.get_kind_display()})
        return next_address(request, self.back(request))

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("platform-tasks")
