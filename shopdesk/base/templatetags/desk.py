"""What templates of every app write in the same way: amounts, times, addresses."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.safestring import SafeString, mark_safe

from shopdesk.base import clock, exports, jobs, money
from shopdesk.base.composed import Composed, Given
from shopdesk.base.listing import count_label
from shopdesk.base.models import JobExemption
from shopdesk.base.templatetags.words import address_of

register = template.Library()
register.filter("capped", count_label)


@register.filter
def starts_with(text: str, beginning: str) -> bool:
    """Whether a text begins with another; never with an empty one."""
    return bool(beginning) and text.startswith(beginning)


@register.filter
def yuan(amount: Decimal | None) -> str:
    """An amount (CNY) as ``¥1,204.50``; a dash where there is none."""
    return "—" if amount is None else money.yuan(amount)


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A time, short (``11-22 09:12``, with the year when it is another one) and exact on hover."""
    if at is None:
        return "—"
    local = at.astimezone(clock.SHANGHAI)
    this_year = local.year == clock.now().astimezone(clock.SHANGHAI).year
    short = local.strftime("%m-%d %H:%M" if this_year else "%Y-%m-%d")
    return mark_safe(  # noqa: S308 (digits alone)
        f'<time datetime="{local.isoformat(timespec="seconds")}" title="{local:%Y-%m-%d %H:%M:%S}">{short}</time>'
    )


@register.simple_tag(takes_context=True)
def address_with(context: Any, **changes: Any) -> str:
    """The page's own address with some parameters changed; ``None`` or an empty text drops one.

    The position in the list is always dropped: what is listed changes.
    """
    query = context["request"].GET.copy()
    query.pop("cursor", None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def view_links(path: str, tabs: Iterable[Any]) -> SafeString:
    """The views of a list as links to its address, with their counts."""
    links = []
    for tab in tabs:
        if not tab.shown:
            continue
        mark = ' class="hot"' if tab.urgent and tab.count else ""
        if tab.current:
            mark = ' class="on" aria-current="page"'
        address = f"{path}?{tab.query}" if tab.query else path
        count = "" if tab.count is None else f" <i>{count_label(tab.count)}</i>"
        links.append(f'<a href="{escape(address)}"{mark}>{escape(tab.title)}{count}</a>')
    return mark_safe("".join(links))  # noqa: S308 (escaped)


@register.filter
def last_line(text: str) -> str:
    """The last line of a text: of a traceback, what went wrong."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


_NOT_ENDED = Composed(
    lambda: (
        JobExemption.objects.filter(ended_at__isnull=True, subject=Given("tid"))
        .select_related("made_by")
        .order_by("until", "pk")
    ),
    pages=["order"],
)


@register.simple_tag
def exemptions_of(subject: str) -> list[tuple[JobExemption, str]]:
    """The exemptions from jobs that hold for a subject now, each with the job's title: one statement."""
    now = clock.now()
    found = [one for one in _NOT_ENDED(tid=subject) if one.until > now]
    titles = {job.name: str(job.title) for job in jobs.registered()} if found else {}
    return [(one, titles.get(one.job, one.job)) for one in found]


@register.simple_tag
def shown_at() -> str:
    """The moment at which the page, or a part of it, is rendered: a save names it (T5)."""
    return clock.now().isoformat()


@register.simple_tag
def took(started_at: datetime, ended_at: datetime | None) -> str:
    """How long something took: ``0.24 s``, ``1 min 05 s``; a dash while it goes on."""
    if ended_at is None:
        return "—"
    seconds = (ended_at - started_at).total_seconds()
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02} s"


@register.inclusion_tag("components/export.html", takes_context=True)
def export_form(context: Any, code: str, subject: int | None = None) -> dict[str, Any]:
    """What takes the list of a page out as it is filtered (D3); nothing where the role may not."""
    request = context["request"]
    listed = exports.get(code)
    if not request.user.may(listed.permission):
        return {"may_export": False}
    left_out = ("cursor", exports.SUBJECT)
    filters = urlencode(
        {name: values for name, values in request.GET.lists() if name not in left_out}, doseq=True
    )
    page = address_of(listed.page, *([] if subject is None else [subject]))
    back = f"{page}?{filters}" if filters else page
    of_subject = [] if subject is None else [urlencode({exports.SUBJECT: subject})]
    return {
        "may_export": True,
        "code": code,
        "title": listed.title,
        "query": "&".join([part for part in (filters, *of_subject) if part]),
        "next": back,
        "csrf_token": context.get("csrf_token"),
    }
