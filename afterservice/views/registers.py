"""A11: the registers, filtered in the address."""

from typing import Any, ClassVar

from django.urls import reverse

from afterservice.selectors.registers import (
    EXCHANGE,
    PROBLEM,
    REGISTERS,
    RETURNED,
    Register,
    Wanted,
    read_register,
    read_wanted,
    rows_of,
    unmatched,
)
from shopdesk.base.permissions import Permission
from shopdesk.base.web import StaffPageView


class RegisterPage(StaffPageView):
    """One page of a register; amounts only for who sees prices (T1)."""

    permission = Permission.SEE_TICKETS
    template_name = "tickets/register.html"
    register: ClassVar[Register] = EXCHANGE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of statements, whatever is filtered."""
        register = self.register
        wanted = read_wanted(register, self.request.GET)
        page = read_register(register, wanted, self.request.GET.get("cursor", ""))
        columns = register.columns_for(see_prices=self.staff.may(Permission.SEE_PRICES))
        return super().get_context_data(
            register=register,
            tabs=[(r.title, reverse(f"tickets:register-{r.code}"), r is register) for r in REGISTERS],
            columns=columns,
            rows=list(rows_of(page.rows)),
            page=page,
            wanted=wanted,
            filters=_filters(register, wanted),
            from_day=self.request.GET.get("from", "") if wanted.since else "",
            to_day=self.request.GET.get("to", "") if wanted.until else "",
            unmatched=unmatched() if register is RETURNED else [],
            **kwargs,
        )


class ReturnedPage(RegisterPage):
    """The register of goods that came back."""

    register = RETURNED


class ProblemsPage(RegisterPage):
    """The register of what is wrong."""

    register = PROBLEM


def _filters(register: Register, wanted: Wanted) -> list[dict[str, Any]]:
    chosen = wanted.chosen or {}
    return [
        {
            "name": name,
            "title": choice.title,
            "choices": [(code, title, code == chosen.get(name)) for code, title in choice.choices],
        }
        for name, choice in register.filters.items()
    ]
