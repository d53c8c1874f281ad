"""The people who sit at the desk."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from shopdesk.base.permissions import MATRIX, Permission, Role, may


class Staff(AbstractUser):
    """A staff account. Never deleted, since notes and the audit name it: switch it off instead."""

    class Theme(models.TextChoices):
        """How the pages look to this person."""

        AUTO = "auto", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    role = models.CharField(_("role"), max_length=16, choices=Role)
    signature = models.CharField(
        _("signature"), max_length=16, help_text=_("The short name under each note, e.g. 娜娜 (N2).")
    )
    language = models.CharField(_("language"), max_length=8, blank=True, default="")
    # Raised to end all sessions of this person.
    session_stamp = models.PositiveIntegerField(default=0)
    password_is_temporary = models.BooleanField(default=False)
    # Since when a code is asked for after the password; nothing where it is not.
    second_factor_since = models.DateTimeField(null=True, blank=True)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.AUTO)

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    REQUIRED_FIELDS = ["role", "signature"]

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="staff_role_known"),
        ]

    def __str__(self) -> str:
        return self.signature or self.username

    def may(self, permission: Permission) -> bool:
        """Whether this person's role has a permission (T1)."""
        return self.is_active and may(self.role, permission)

    @property
    def role_needs_second_factor(self) -> bool:
        """Whether nobody of this role works without a second factor."""
        return self.role in settings.SECOND_FACTOR_ROLES

    @property
    def must_set_up_sign_in(self) -> bool:
        """Whether a password of one's own, or a second factor, comes before anything else (T1)."""
        return self.password_is_temporary or (
            self.role_needs_second_factor and self.second_factor_since is None
        )

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, and another one once all sessions of this person were ended."""
        usual: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.session_stamp:
            return usual
        return salted_hmac(
            "shopdesk.base.models.Staff", f"{usual}:{self.session_stamp}", secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def permission_names(self) -> frozenset[str]:
        """The names of all permissions of this person, for templates."""
        return frozenset(p.value for p in MATRIX if self.may(p))

    # Django's admin asks these two; the desk's managers run it, nobody else.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Admin rights come from the role alone."""
        return self.may(Permission.ADMINISTER)

    def has_module_perms(self, app_label: str) -> bool:
        """Admin rights come from the role alone."""
        return self.may(Permission.ADMINISTER)

    def get_full_name(self) -> str:
        """The signature: the desk keeps no other name."""
        return str(self)

    get_short_name = get_full_name
