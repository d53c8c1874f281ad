"""Buyers, what they spent, and the tiers that it brings."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.fields import MoneyField
from shopdesk.base.search import SearchGrams


class Buyer(models.Model):
    """A buyer, known by the Taobao nick (旺旺号): the key that staff search by most."""

    nick = models.CharField(_("nick"), primary_key=True, max_length=64, db_collation="C")
    first_seen_at = models.DateTimeField()
    # M1: the sum of the ledger, kept here for lists and quotes; a job proves it.
    spend = MoneyField(_("spend"), default=0, db_default=0)

    class Meta:
        verbose_name = _("buyer")
        verbose_name_plural = _("buyers")
        indexes = [
            GinIndex(SearchGrams("nick"), name="buyer_nick_grams"),
            models.Index(fields=["-spend", "nick"], name="buyer_by_spend"),
        ]

    def __str__(self) -> str:
        return self.nick


class SpendEntry(models.Model):
    """One row of a buyer's ledger (M1): what an order, its refunds, or the starting balance count.

    Each kind stands once per order, so that telling the same again changes nothing. ``tid`` is the order's
    number, or the nick for a starting balance; members know no orders.
    """

    class Kind(models.TextChoices):
        """What the amount is."""

        ORDER = "order", _("order")
        REFUND = "refund", _("refund")
        OPENING = "opening", _("starting balance")

    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="ledger", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    tid = models.CharField(max_length=64, db_collation="C")
    amount = MoneyField(_("amount"))
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("spend entry")
        verbose_name_plural = _("spend entries")
        indexes = [models.Index(fields=["buyer", "-at", "-id"], name="spendentry_by_buyer")]
        constraints = [
            models.UniqueConstraint(fields=["tid", "kind"], name="spendentry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.buyer_id} {self.amount}"


class LifetimeShipping(models.Model):
    """Free shipping for life to one fixed address (M5): proposed at a year's end, then confirmed or refused.

    ``year`` and ``spend`` (CNY) say what it is for; those that came with the starting balance (M4a) have none.
    A request to confirm is bound to ``version``.
    """

    class Status(models.TextChoices):
        """What became of it."""

        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")

    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="lifetime", db_index=False)
    year = models.PositiveSmallIntegerField(_("year"), null=True)
    spend = MoneyField(_("spend of the year"), default=0)
    address = models.CharField(_("address"), max_length=500)
    status = models.CharField(max_length=12, choices=Status, default=Status.PROPOSED)
    version = models.PositiveIntegerField(default=1)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("free shipping for life")
        verbose_name_plural = _("free shipping for life")
        indexes = [models.Index(fields=["-proposed_at", "-id"], name="lifetime_newest")]
        constraints = [
            models.UniqueConstraint(fields=["buyer", "year"], name="lifetime_once_a_year"),
            models.UniqueConstraint(
                fields=["buyer"], condition=models.Q(status="confirmed"), name="lifetime_one_confirmed"
            ),
            models.UniqueConstraint(
                fields=["buyer"], condition=models.Q(status="proposed"), name="lifetime_one_proposed"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["proposed", "confirmed", "refused"]) & ~models.Q(address=""),
                name="lifetime_has_an_address",
            ),
            models.CheckConstraint(
                condition=models.Q(status="proposed", decided_at__isnull=True)
                | (~models.Q(status="proposed") & models.Q(decided_at__isnull=False)),
                name="lifetime_decided_or_proposed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.buyer_id} {self.year or ''}"


class TierVersion(models.Model):
    """The table of tiers as it stood from a moment on (M4). Never changed: a new table is a new version."""

    valid_from = models.DateTimeField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("tier table")
        verbose_name_plural = _("tier tables")
        constraints = [models.UniqueConstraint(fields=["valid_from"], name="tierversion_once")]

    def __str__(self) -> str:
        return str(self.pk)


class TierRow(models.Model):
    """One bracket of a table: reached at ``threshold`` CNY, the part above charged at ``rate`` (M2)."""

    table = models.ForeignKey(TierVersion, on_delete=models.CASCADE, related_name="rows")
    name = models.CharField(_("name"), max_length=16)
    threshold = MoneyField(_("from (CNY)"))
    rate = models.DecimalField(_("rate"), max_digits=4, decimal_places=3)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["threshold"]
        constraints = [
            models.UniqueConstraint(fields=["table", "threshold"], name="tier_threshold_once"),
            models.CheckConstraint(
                condition=models.Q(rate__gt=0, rate__lte=1, threshold__gt=0), name="tier_makes_sense"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BuyerTag(models.Model):
    """A word that agents put on buyers, with its meaning for the legend (N6); a retired one is put on nobody."""

    class Colour(models.TextChoices):
        """The colours of the desk's tags; the word always stands beside."""

        BLUE = "blue", _("blue")
        TEAL = "teal", _("green")
        ORANGE = "orange", _("orange")
        PURPLE = "purple", _("purple")
        RED = "red", _("red")

    name = models.CharField(_("tag"), max_length=12, unique=True)
    colour = models.CharField(_("colour"), max_length=8, choices=Colour)
    meaning = models.CharField(_("meaning"), max_length=120)
    version = models.PositiveIntegerField(default=1)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("buyer tag")
        verbose_name_plural = _("buyer tags")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name="")
                & ~models.Q(meaning="")
                & models.Q(colour__in=["blue", "teal", "orange", "purple", "red"]),
                name="buyertag_says_something",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaggedBuyer(models.Model):
    """A tag on a buyer: by whom, since when (N6)."""

    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="tagged", db_index=False)
    tag = models.ForeignKey(BuyerTag, on_delete=models.PROTECT, related_name="tagged", db_index=False)
    put_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    put_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tagged buyer")
        verbose_name_plural = _("tagged buyers")
        indexes = [models.Index(fields=["tag", "buyer"], name="taggedbuyer_by_tag")]
        constraints = [models.UniqueConstraint(fields=["buyer", "tag"], name="taggedbuyer_once")]

    def __str__(self) -> str:
        return f"{self.buyer_id} {self.tag_id}"
