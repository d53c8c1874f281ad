"""Tables of what spans apps. Each module holds one subject; this package names them all for Django."""

from shopdesk.desk.models.handovers import Handover, HandoverLine
from shopdesk.desk.models.promises import Promise

__all__ = ["Handover", "HandoverLine", "Promise"]
