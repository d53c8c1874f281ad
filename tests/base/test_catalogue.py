"""The Chinese catalogue: complete, true to the source strings, and ready to be compiled."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.utils.translation import gettext, ngettext, override

from shopdesk.base.catalogue import KEYWORDS, SOURCES, collect

PROJECT: Path = settings.BASE_DIR
CATALOGUE = PROJECT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
BRING_UP = "run `manage.py collect_messages` and translate what it lists"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}")
CHINESE = r"[\u4e00-\u9fff]"


class AnyValues(dict[str, int]):
    """Fills every placeholder: a number goes into ``%s`` and ``%d`` alike."""

    def __missing__(self, key: str) -> int:
        return 1


@pytest.fixture(scope="module")
def source() -> Catalog:
    return collect(PROJECT)


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE), check_for_duplicates=True)


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def fullest(entry: polib.POEntry) -> str:
    """Chinese has one form: it must do for what the plural says."""
    text: str = entry.msgid_plural or entry.msgid
    return text


def pairs(catalogue: polib.POFile) -> Iterator[tuple[str, str]]:
    """What is said, and its translation where it has one."""
    for entry in catalogue.translated_entries():
        for translation in translations(entry):
            yield fullest(entry), translation


def test_every_source_string_is_in_the_catalogue_and_no_other(
    source: Catalog, catalogue: polib.POFile
) -> None:
    said = {
        (message.context, *([message.id] if isinstance(message.id, str) else message.id))
        for message in source
        if message.id
    }
    known = {
        (entry.msgctxt, entry.msgid, *([entry.msgid_plural] if entry.msgid_plural else []))
        for entry in catalogue
    }

    assert sorted(map(str, said - known)) == [], f"new in the source: {BRING_UP}"
    assert sorted(map(str, known - said)) == [], f"no longer in the source: {BRING_UP}"
    assert not catalogue.obsolete_entries()


def test_every_string_is_translated_and_none_is_fuzzy(catalogue: polib.POFile) -> None:
    untranslated = [entry.msgid for entry in catalogue if not all(translations(entry)) or entry.fuzzy]

    assert untranslated == [], BRING_UP
    assert catalogue.percent_translated() == 100


def modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in SOURCES:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            yield str(path.relative_to(PROJECT)), ast.parse(path.read_text())


def test_the_source_marks_strings_only_by_names_that_are_collected() -> None:
    """A string marked by an alias that is no keyword never reaches the catalogue: it stays English."""
    unseen = [
        f"{path}: {name.name} as {name.asname}"
        for path, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if "gettext" in name.name and (name.asname or name.name) not in KEYWORDS
    ]

    assert unseen == [], f"import them by a name of catalogue.KEYWORDS, then {BRING_UP}"


def test_no_string_stands_in_braces_of_another() -> None:
    """There the collector does not find it."""
    hidden = [
        f"{name}:{call.lineno}"
        for name, module in modules()
        for text in ast.walk(module)
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in KEYWORDS
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]

    assert hidden == []


def test_no_string_stands_alone_and_as_a_singular_with_another_form() -> None:
    """Both are one entry: the string that stands alone would show the plural's placeholder, unfilled."""
    alone, plurals = set(), {}
    for _path, module in modules():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                if node.func.id in ("_", "gettext", "gettext_lazy", "gettext_noop"):
                    alone.update(texts[:1])
                elif node.func.id in ("ngettext", "ngettext_lazy"):
                    plurals[texts[0]] = texts[1]

    assert [text for text in alone & plurals.keys() if PLACEHOLDER.search(str(plurals[text]))] == []


def test_placeholders_agree(catalogue: polib.POFile) -> None:
    wrong = []
    for said, translation in pairs(catalogue):
        expected = sorted(PLACEHOLDER.findall(said))
        if "折" in translation:  # 95 % is 95 折: the sign becomes a word
            expected = [name for name in expected if name != "%%"]
        if sorted(PLACEHOLDER.findall(translation)) != expected:
            wrong.append((said, translation))

    assert wrong == []


def test_what_is_formatted_can_be_formatted(catalogue: polib.POFile) -> None:
    for said, translation in pairs(catalogue):
        if "%(" in said:
            assert translation % AnyValues(), translation


def test_text_begins_and_ends_as_the_source_does(catalogue: polib.POFile) -> None:
    def edges(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    assert [pair for pair in pairs(catalogue) if edges(pair[0]) != edges(pair[1])] == []


def test_punctuation_is_chinese(catalogue: polib.POFile) -> None:
    narrow = re.compile(rf"{CHINESE}[,.;:!?()]|[,;:!?()]{CHINESE}|'|\"")

    assert [text for _said, text in pairs(catalogue) if narrow.search(re.sub(r"<[^>]*>", "", text))] == []


def test_a_rule_that_is_named_stays_named(catalogue: polib.POFile) -> None:
    rule = re.compile(r"[(（]([A-Z]\d+a?)[)）]")

    assert [pair for pair in pairs(catalogue) if rule.findall(pair[0]) != rule.findall(pair[1])] == []


def test_the_file_is_sound(catalogue: polib.POFile) -> None:
    assert catalogue.metadata["Content-Type"].lower() == "text/plain; charset=utf-8"
    assert catalogue.metadata["Language"] == "zh_Hans"
    assert catalogue.metadata["Plural-Forms"].startswith("nplurals=1;")
    assert all(set(entry.msgstr_plural) == {0} for entry in catalogue if entry.msgid_plural)
    assert polib.pofile(str(catalogue), encoding="utf-8").translated_entries()


@pytest.fixture
def compiled(tmp_path: Path, settings: Any) -> Path:
    """The catalogue compiled the way `scripts/setup` does it, in place of what was compiled before."""
    target = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    babel = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "compile"]
    done = subprocess.run(
        [*babel, "-i", CATALOGUE, "-o", target], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    settings.LOCALE_PATHS = [tmp_path]  # Django forgets what it had read
    return target


@pytest.mark.usefixtures("compiled")
def test_chinese_is_spoken_when_it_is_asked_for() -> None:
    with override("zh-hans"):
        assert gettext("Orders") == "订单"
        assert gettext("Waiting for payment") == "待付款"
        assert gettext("A red flag cannot be set without a note.") == "插红旗必须写备注。"
        assert ngettext("%(rows)s row", "%(rows)s rows", 3) % {"rows": 3} == "3 行"
        assert gettext("Enter a whole number.") == "输入整数。"  # Django's own words
    with override("en"):
        assert gettext("Orders") == "Orders"


def test_what_is_compiled_holds_the_whole_catalogue(compiled: Path, catalogue: polib.POFile) -> None:
    read = {(entry.msgctxt, entry.msgid): translations(entry) for entry in polib.mofile(str(compiled))}

    assert read == {
        (entry.msgctxt, entry.msgid): translations(entry) for entry in catalogue.translated_entries()
    }
