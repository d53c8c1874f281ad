"""Folded templates draw what Django's own draw, with less to do."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Engine, TemplateDoesNotExist, TemplateSyntaxError
from django.template.base import TextNode, VariableNode
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.utils.safestring import mark_safe
from django.utils.translation import override

OPTIONS = settings.TEMPLATES[0]["OPTIONS"]
LOADER = "shopdesk.base.folded_templates.Loader"
LANGUAGES = ("en", "zh-hans")

PARTS = {
    "base": (
        "<h1>{% translate 'Orders' %}</h1>{% block head %}base head {{ word }}{% endblock %}"
        "{% if word %}{% block body %}base body{% block inner %} inner {{ word }}{% endblock %}{% endblock %}"
        "{% endif %}{% block foot %}{% translate 'Close' %}{% endblock %}"
    ),
    "child": (
        "{% extends 'base' %}{% load heroicons %}{% url 'orders:list' as outside %}"
        "{% block head %}{% url 'orders:list' as list %}{{ list }}{{ outside }}{% endblock %}"
        "{% block inner %} child {{ word }}{{ list }}{% endblock %}"
    ),
    "grandchild": "{% extends 'child' %}{% block body %}mine{% block inner %}{% endblock %}{% endblock %}",
    "with super": "{% extends 'child' %}{% block head %}{{ block.super }}!{% endblock %}",
    "below super": "{% extends 'with super' %}{% block foot %}{{ word }}{% endblock %}",
    "by name": "{% extends parent %}{% block head %}{{ word }}{% endblock %}",
    "part": "({{ word }}{{ other }}{% url 'orders:list' as list %})",
    "constant part": "{% comment %}x{% endcomment %}[{% translate 'Orders' %}]",
    "part that extends": "{% extends 'child' %}{% block foot %}{{ word }}{% endblock %}",
}

SOURCES = {
    "extended": "{% extends 'child' %}",
    "extended twice": "{% extends 'grandchild' %}{% block foot %}<{{ word }}>{% endblock %}",
    "with the parent's": "{% extends 'with super' %}",
    "below the parent's": "{% extends 'below super' %}",
    "by a name that is given": "{% extends 'by name' %}",
    "included": "{% include 'part' %}{{ list }}{% include 'constant part' %}",
    "included with values": "{% include 'part' with other=word|upper %}{{ other }}",
    "included alone": "{% include 'part' with other='b' only %}",
    "included by a name": "{% include parent %}",
    "included that extends": "{% include 'part that extends' %}{% block foot %}own{% endblock %}",
    "in a loop": "{% for word in words %}{% include 'part' %}{% ifchanged %}{{ word }}{% endifchanged %}{% endfor %}",
    "words": "{% translate 'Orders' %}|{% translate word %}|{% translate 'Orders' as kept %}{{ kept }}",
    "a sentence": "{% blocktranslate with label=word %}Take off {{ label }}{% endblocktranslate %}{{ label }}",
    "a sentence without values": "{% blocktranslate %}Orders{% endblocktranslate %}",
    "a sentence in percent": "{% blocktranslate with p=number %}100 % of {{ p }}%{% endblocktranslate %}",
    "a sentence with nothing": "{% blocktranslate %}of {{ missing }}{% endblocktranslate %}",
    "a sentence in several lines": "{% blocktranslate trimmed %}\n one\n  {{ word }}\n{% endblocktranslate %}",
    "a sentence that is kept": "{% blocktranslate asvar kept %}Orders{% endblocktranslate %}{{ kept }}",
    "of several": "{% blocktranslate count n=number %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}",
    "icons": "{% load heroicons %}{% heroicon_micro 'x-mark' size=14 %}{% heroicon_mini icon %}",
    "addresses": "{% url 'orders:list' %}{% url 'orders:detail' '12' %}{% url 'orders:detail' number %}",
    "files": "{% static 'a b.js' %}{% static 'c.js' as kept %}{{ kept }}",
    "conditions": "{% if word %}{% translate 'Orders' %}{% elif no %}x{% else %}{% translate 'Close' %}{% endif %}",
    "in another language": "{% language 'zh-hans' %}{% translate 'Orders' %}{% endlanguage %}{% translate 'Close' %}",
    "unescaped": "{% autoescape off %}{{ word }}{% static 'a&b' %}{% endautoescape %}{{ word }}{% static 'a&b' %}",
    "filtered": "{% filter upper %}{% translate 'Orders' %}{{ word }}{% endfilter %}",
}
SHOWN = {
    "word": "<b>",
    "words": ["a", "a", "<c>"],
    "safe": mark_safe("<i>"),
    "number": 3,
    "icon": "flag",
    "parent": "base",
}


def engine(templates: Mapping[str, str], *, folded: bool, debug: bool = False) -> Engine:
    loaders: Any = [("django.template.loaders.locmem.Loader", dict(templates))]
    return Engine(
        loaders=[(LOADER, loaders)] if folded else loaders,
        libraries=OPTIONS["libraries"],
        builtins=OPTIONS["builtins"],
        debug=debug,
    )


@pytest.fixture(autouse=True)
def _unhashed(settings: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("name", SOURCES)
def test_what_is_folded_draws_what_was_written(name: str, language: str, debug: bool) -> None:
    templates = {**PARTS, "page": SOURCES[name]}
    folded, plain = engine(templates, folded=True, debug=debug), engine(templates, folded=False)

    with override(language):
        expected = plain.get_template("page").render(Context(SHOWN))
        drawn = [folded.get_template("page").render(Context(SHOWN)) for _time in range(2)]

    assert expected
    assert drawn == [expected, expected]


def test_each_language_has_its_own() -> None:
    folded = engine({"page": "{% translate 'Orders' %}"}, folded=True)

    said = []
    for language in ("en", "zh-hans", "en"):
        with override(language):
            said.append(folded.get_template("page").render(Context()))

    assert said == ["Orders", "订单", "Orders"]


def test_a_parent_drawn_before_its_children_and_after_them_is_itself() -> None:
    templates = {**PARTS, "page": SOURCES["extended twice"]}
    folded, plain = engine(templates, folded=True), engine(templates, folded=False)

    for name in ("base", "page", "child", "with super", "grandchild", "base"):
        assert folded.get_template(name).render(Context(SHOWN)) == plain.get_template(name).render(
            Context(SHOWN)
        )


def test_what_is_constant_is_one_text() -> None:
    source = (
        "{% load heroicons %}a{% translate 'Orders' %}{% include 'constant part' %}{% comment %}b{% endcomment %}"
        "{% heroicon_mini 'flag' %}{% url 'orders:list' %}{% static 'a.js' %}"
        "{% blocktranslate %}x{% endblocktranslate %}"
    )
    templates = {
        **PARTS,
        "page": source + "{{ word }}z",
        "own": "{% extends 'base' %}{% block head %}h{% endblock %}",
    }
    folded = engine(templates, folded=True)

    assert [type(node) for node in folded.get_template("page").nodelist] == [TextNode, VariableNode, TextNode]
    first = folded.get_template("own").nodelist[0]
    assert isinstance(first, TextNode)
    assert first.s == "<h1>Orders</h1>h"


def test_for_the_page_about_an_error_parts_stay_apart() -> None:
    templates = {**PARTS, "page": SOURCES["extended"], "other": SOURCES["included"]}
    folded = engine(templates, folded=True, debug=True)

    assert folded.get_template("page").nodelist.get_nodes_by_type(ExtendsNode)
    assert folded.get_template("other").nodelist.get_nodes_by_type(IncludeNode)


@pytest.mark.parametrize(
    "source", ["{% if no %}{% include 'nowhere' %}{% endif %}", "{% extends 'nowhere' %}"]
)
def test_a_part_that_is_not_there_is_missed_at_once(source: str) -> None:
    folded = engine({"page": source}, folded=True)

    with pytest.raises(TemplateSyntaxError, match="page needs nowhere"):
        folded.get_template("page")
    with pytest.raises(TemplateDoesNotExist, match="nowhere"):
        folded.get_template("nowhere")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_of_the_desk_can_be_folded(language: str) -> None:
    folder = Path(settings.BASE_DIR) / "templates"
    names = [str(path.relative_to(folder)) for path in folder.rglob("*.html")]

    with override(language):
        found = {name: Engine.get_default().get_template(name) for name in names}

    assert len(found) > 100
    assert all(template.name == name for name, template in found.items())


def test_every_static_file_that_a_template_names_is_there() -> None:
    """A text by the time that a page is drawn: one that is not there breaks every page."""
    folder = Path(settings.BASE_DIR) / "templates"
    named = {
        name
        for path in folder.rglob("*.html")
        for name in re.findall(r"{% static ['\"]([^'\"]+)", path.read_text(encoding="utf-8"))
    }

    assert "css/desk.css" in named
    assert [name for name in sorted(named) if finders.find(name) is None] == []
