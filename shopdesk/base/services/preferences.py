"""What a person chooses for themselves."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.models import Staff


def choose_language(staff: Staff, language: str) -> None:
    """Show the desk to this person in a language of ``settings.LANGUAGES``; raises ``DomainError`` for others."""
    if language not in dict(settings.LANGUAGES):
        raise DomainError("language", _("The desk does not speak this language."), field="language")
    Staff.objects.filter(pk=staff.pk).update(language=language)


def choose_theme(staff: Staff, theme: str) -> None:
    """Show the desk to this person light, dark or as the system; raises ``DomainError`` for anything else."""
    if theme not in Staff.Theme.values:
        raise DomainError("theme", _("There is no such look."), field="theme")
    Staff.objects.filter(pk=staff.pk).update(theme=theme)
