"""What is drawn once in each language: words, choices, where a form goes."""

import pytest
from django.template import Context, Template
from django.template.defaulttags import CsrfTokenNode
from django.urls import NoReverseMatch, reverse
from django.utils.translation import override

from orders.forms.order_page import CloseForm, FlagForm
from orders.models import Consent, Order
from orders.selectors.lists import Tab
from orders.states import Status
from shopdesk.base.forms import Unsent
from shopdesk.base.templatetags.desk import view_links
from shopdesk.base.templatetags.words import in_words, options


def drawn(source: str, **values: object) -> str:
    return Template(source).render(Context(values))


def test_constant_words_are_those_of_each_language() -> None:
    template = Template("{% translate 'Orders' %}")

    for language, words in (("en", "Orders"), ("zh-hans", "订单"), ("en", "Orders")):
        with override(language):
            assert template.render(Context()) == words


def test_words_of_a_variable_are_looked_up_each_time() -> None:
    with override("zh-hans"):
        template = Template("{% translate word %}|{% translate 'Orders' as kept %}{{ kept }}")

        assert template.render(Context({"word": "Orders"})) == "订单|订单"
        assert template.render(Context({"word": "<x>"})) == "&lt;x&gt;|订单"


def test_options_are_escaped_and_the_chosen_one_is_selected() -> None:
    choices = [("", "—"), ("<a>", "A & B"), (2, "two")]

    assert options(choices, "<a>") == (
        '<option value="">—</option><option value="&lt;a&gt;" selected>A &amp; B</option>'
        '<option value="2">two</option>'
    )
    assert options(choices).startswith('<option value="" selected>')
    assert options(choices, 2).endswith('<option value="2" selected>two</option>')


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_choices_are_called_as_the_model_calls_them(language: str) -> None:
    with override(language):
        for status in (*Status.values, "unknown"):
            assert in_words(Order(status=status), "status") == Order(status=status).get_status_display()
        for channel in Consent.Channel.values:
            consent = Consent(channel=channel)
            assert in_words(consent, "channel") == consent.get_channel_display()


def test_a_form_says_where_it_goes_with_htmx_and_without() -> None:
    said = drawn("<form {% posts_to 'orders:close' '12' %}>")

    assert said == '<form method="post" action="/orders/12/close/" hx-post="/orders/12/close/">'


@pytest.mark.parametrize("token", ["a1B2" * 16, "", None, 'x"><script>', "NOTPROVIDED"])
def test_the_token_of_a_form_is_drawn_as_django_draws_it(token: str | None) -> None:
    context = Context({} if token is None else {"csrf_token": token})

    assert drawn("{% csrf_token %}", **context.flatten()) == CsrfTokenNode().render(context)


def test_what_was_not_sent_reads_like_the_form_itself() -> None:
    template = (
        "{{ form.label.label }}|{{ form.label.value }}|{{ form.addressee.value|default_if_none:'' }}|"
        "{{ form.seller_flag.value }}|{% for code, name in form.fields.addressee.choices %}{{ name }},{% endfor %}"
        "|{{ form.is_bound }}"
    )
    initial = {"label": "<急>", "seller_flag": 3}

    assert drawn(template, form=Unsent(FlagForm, **initial)) == drawn(
        template, form=FlagForm(initial=initial)
    )
    assert drawn("{{ form.remark.value }}{{ form.nothing.label }}", form=Unsent(CloseForm)) == "None"


def test_addresses_are_those_of_their_pages_each_time() -> None:
    template = Template(
        "{% url 'orders:detail' tid %}|{% url 'orders:list' as list %}{{ list }}|{% url 'no-page' as no %}{{ no }}"
    )

    for tid in ("1", "2", "1"):
        expected = f"{reverse('orders:detail', args=[tid])}|{reverse('orders:list')}|"
        assert template.render(Context({"tid": tid})) == expected
    with pytest.raises(NoReverseMatch):
        drawn("{% url 'no-page' %}")


def test_views_are_links_with_their_counts_and_what_people_call_them_is_text() -> None:
    tabs = [
        Tab("All", "", 1000, current=True, urgent=True),
        Tab("<b>mine</b>", "q=a&b=<c>", None),
        Tab("Red", "view=red", 3, urgent=True),
        Tab("Odd", "view=odd", 0, quiet=True),
    ]

    assert view_links("/orders/", tabs) == (
        '<a href="/orders/" class="on" aria-current="page">All <i>999+</i></a>'
        '<a href="/orders/?q=a&amp;b=&lt;c&gt;">&lt;b&gt;mine&lt;/b&gt;</a>'
        '<a href="/orders/?view=red" class="hot">Red <i>3</i></a>'
    )
