"""Canned replies, and what was sent of them (T3)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from afterservice.models import Ticket, TicketMessage
from orders.models import Order
from shopdesk.desk.rules.replies import LONGEST_TEXT, LONGEST_TITLE, Moment
from shopdesk.desk.rules.reply_claims import Claim


class CannedReply(models.Model):
    """A text to be copied, with fields of the order or ticket, tagged by what it claims (T3).

    Shared by all without ``owner``, else that person's own. Never removed: what was sent names it.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    moment = models.CharField(_("moment"), max_length=8, choices=Moment)
    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    title_en = models.CharField(_("English title"), max_length=LONGEST_TITLE, blank=True, default="")
    text = models.CharField(_("text"), max_length=LONGEST_TEXT)
    text_en = models.CharField(_("English text"), max_length=LONGEST_TEXT, blank=True, default="")
    claims = ArrayField(models.CharField(max_length=20, choices=Claim), verbose_name=_("says that it is"))
    # Of the set that a new shop starts with: by it a reply is laid down once, whatever becomes of it.
    code = models.CharField(max_length=32, blank=True, default="", db_collation="C")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        indexes = [models.Index(fields=["owner", "-retired_at", "-id"], name="reply_by_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "title"],
                condition=Q(retired_at__isnull=True),
                nulls_distinct=False,
                name="reply_title_once",
            ),
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="reply_laid_once"),
            models.CheckConstraint(condition=Q(moment__in=Moment.values), name="reply_moment_known"),
            models.CheckConstraint(condition=~Q(text="") & ~Q(title=""), name="reply_says_something"),
            models.CheckConstraint(condition=Q(claims__contained_by=Claim.values), name="reply_claims_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def text_in(self, language: str) -> str:
        """The text in a language; empty where it is not given."""
        return self.text_en if language == "en" else self.text


class SentReply(models.Model):
    """A reply as it was sent: who, when, how, the text, about which order or ticket (T3). Never edited or removed."""

    Channel = TicketMessage.Channel

    reply = models.ForeignKey(CannedReply, on_delete=models.PROTECT, related_name="+", db_index=False)
    reply_version = models.PositiveIntegerField()
    moment = models.CharField(max_length=8, choices=Moment)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField()
    channel = models.CharField(max_length=8, choices=TicketMessage.Channel)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("sent reply")
        verbose_name_plural = _("sent replies")
        indexes = [models.Index(fields=["order", "-at", "-id"], name="sentreply_by_order")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="sentreply_says_something")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.at:%Y-%m-%d %H:%M}"
