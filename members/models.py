"""Buyers."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.search import SearchGrams


class Buyer(models.Model):
    """A buyer, known by the Taobao nick (旺旺号): the key that staff search by most."""

    nick = models.CharField(_("nick"), primary_key=True, max_length=64, db_collation="C")
    first_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("buyer")
        verbose_name_plural = _("buyers")
        indexes = [GinIndex(SearchGrams("nick"), name="buyer_nick_grams")]

    def __str__(self) -> str:
        return self.nick
