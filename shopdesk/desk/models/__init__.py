"""Tables of what spans apps. Each module holds one subject; this package names them all for Django."""

from shopdesk.desk.models.replies import CannedReply, SentReply

__all__ = ["CannedReply", "SentReply"]
