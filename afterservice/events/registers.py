"""Facts about registers (A11, D3)."""

from collections.abc import Mapping

from shopdesk.base.audit import Fact


def exported(register: str, kind: str, filters: Mapping[str, str]) -> Fact:
    """Somebody took a register out as a file, as filtered."""
    return Fact("register.exported", "register", register, {}, {"kind": kind, "filters": dict(filters)})
