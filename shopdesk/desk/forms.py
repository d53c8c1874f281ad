"""Forms of the pages that span apps."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shopdesk.base.forms import DeskForm, VersionedForm
from shopdesk.desk.models import SentReply
from shopdesk.desk.rules.replies import LONGEST_TEXT, LONGEST_TITLE, Moment, ReplyRequest
from shopdesk.desk.rules.reply_claims import Claim
from shopdesk.desk.rules.reply_fields import CHINESE, ENGLISH


class ReplyForm(DeskForm):
    """A canned reply as somebody writes it; the service says what cannot be (T3)."""

    moment = forms.ChoiceField(label=_("Moment"), choices=Moment)
    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    text = forms.CharField(label=_("Text"), max_length=LONGEST_TEXT)
    title_en = forms.CharField(label=_("English title"), max_length=LONGEST_TITLE, required=False)
    text_en = forms.CharField(label=_("English text"), max_length=LONGEST_TEXT, required=False)
    claims = forms.MultipleChoiceField(label=_("It says that it is"), choices=Claim, required=False)
    shared = forms.BooleanField(label=_("Shared by all"), required=False)

    def request(self) -> ReplyRequest:
        """What the service takes."""
        typed = self.cleaned_data
        return ReplyRequest(
            moment=typed["moment"],
            title=typed["title"],
            text=typed["text"],
            title_en=typed["title_en"],
            text_en=typed["text_en"],
            claims=tuple(typed["claims"]),
        )


class ChangeReplyForm(ReplyForm, VersionedForm):
    """A change of a reply, and the version that the page showed (T5)."""


class SentReplyForm(DeskForm):
    """A reply that was copied and sent: which, in which language, its text, how."""

    reply = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    language = forms.ChoiceField(choices=[(CHINESE, _("Chinese")), (ENGLISH, _("English"))])
    text = forms.CharField(strip=False, max_length=4000)
    channel = forms.ChoiceField(label=_("How it was sent"), choices=SentReply.Channel)

    def clean_text(self) -> str:
        """Browsers send other line ends than they were given."""
        text: str = self.cleaned_data["text"]
        return text.replace("\r\n", "\n")
