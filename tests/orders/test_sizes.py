"""T6: “160 cm, 52 kg: which size?”."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.rules.sizes import Body, Misfit, SizeRow, read_body, read_chart, sizes_for, write_chart

CHART, FAULTS = read_chart("S 150-160 42-50\nM 158-165 48-56\nL 163-172 54-65\n")


@pytest.mark.parametrize(
    ("typed", "sizes", "misfits"),
    [
        ("155 45", ("S",), ()),
        ("160 50", ("S", "M"), ()),  # both bounds are in, and the chart overlaps
        ("160 52", ("M",), ()),
        ("164 55", ("M", "L"), ()),
        ("172 65", ("L",), ()),
        ("172.1 60", (), (Misfit.TOO_TALL,)),
        ("149 45", (), (Misfit.TOO_SHORT,)),
        ("155 41", (), (Misfit.TOO_LIGHT,)),
        ("180 80", (), (Misfit.TOO_TALL, Misfit.TOO_HEAVY)),
        ("155 60", (), (Misfit.BETWEEN,)),
    ],
)
def test_which_size(typed: str, sizes: tuple[str, ...], misfits: tuple[Misfit, ...]) -> None:
    body = read_body(typed)
    assert body is not None
    answer = sizes_for(CHART, body)
    assert (answer.sizes, answer.misfits) == (sizes, misfits)
    assert FAULTS == []


def test_no_chart_is_said() -> None:
    assert sizes_for([], Body(Decimal(160), Decimal(52))).misfits == (Misfit.NO_CHART,)


@pytest.mark.parametrize(
    ("typed", "height", "weight"),
    [
        ("160 52", "160", "52"),
        ("160cm, 52kg", "160", "52"),
        ("160 CM 52 KG", "160", "52"),
        ("160/104斤", "160", "52"),
        ("160，52公斤", "160", "52"),
        ("162.5厘米 101斤", "162.5", "50.5"),
    ],
)
def test_as_it_is_typed(typed: str, height: str, weight: str) -> None:
    assert read_body(typed) == Body(Decimal(height), Decimal(weight))


@pytest.mark.parametrize(
    "typed", ["", "160", "abc", "52 160kg x", "16 52", "160 520", "-160 52", "1600 52", "160 1斤"]
)
def test_what_no_person_is(typed: str) -> None:
    assert read_body(typed) is None


@pytest.mark.parametrize(
    "line",
    ["S", "S 150-160", "S 160-150 42-50", "S 150-160 50-42", "S 10-160 42-50", "150-160 42-50", "S x-y 1-2"],
)
def test_lines_that_cannot_be_read_are_named(line: str) -> None:
    rows, faults = read_chart(f"M 158-165 48-56\n\n{line}")
    assert [row.size for row in rows] == ["M"]
    assert [(fault.line, fault.text) for fault in faults] == [(3, line)]


def test_weights_may_be_typed_in_jin() -> None:
    assert read_chart("均码\t150–165\t84-110斤") == (
        [SizeRow("均码", Decimal(150), Decimal(165), Decimal(42), Decimal(55))],
        [],
    )


heights = st.integers(50, 230).map(Decimal)
weights = st.integers(3, 200).map(Decimal)


@st.composite
def charts(draw: st.DrawFn) -> list[SizeRow]:
    rows = []
    for number in range(draw(st.integers(0, 6))):
        height = sorted((draw(heights), draw(heights)))
        weight = sorted((draw(weights), draw(weights)))
        rows.append(SizeRow(f"尺{number}", *height, *weight))
    return rows


@given(charts(), heights, weights)
def test_answers_every_size_that_fits_and_else_a_reason(
    chart: list[SizeRow], height: Decimal, weight: Decimal
) -> None:
    answer = sizes_for(chart, Body(height, weight))
    assert bool(answer.sizes) != bool(answer.misfits)
    for row in chart:
        inside = row.height_from <= height <= row.height_to and row.weight_from <= weight <= row.weight_to
        assert inside == (row.size in answer.sizes)
    assert list(answer.sizes) == sorted(answer.sizes, key=[row.size for row in chart].index)


@given(charts())
def test_a_chart_reads_as_it_was_written(chart: list[SizeRow]) -> None:
    assert read_chart(write_chart(chart)) == (chart, [])
