"""Tables of what spans apps. Each module holds one subject; this package names them all for Django."""

from shopdesk.desk.models.handovers import Handover, HandoverLine
from shopdesk.desk.models.promises import Promise
from shopdesk.desk.models.replies import CannedReply, SentReply

__all__ = ["CannedReply", "Handover", "HandoverLine", "Promise", "SentReply"]
