from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.imports import cells
from orders.imports.errors import CellRefused


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="35010000000000001"', "35010000000000001"),
        ('=""', ""),
        ('"', '"'),
        ('="', '="'),
        ("'13800000000", "13800000000"),
        ("\t'13800000000", "13800000000"),
        ("'null", ""),
        ("null", ""),
        ("NULL", ""),
        ("nullable", "nullable"),
        ("　全角空格　", "全角空格"),
        ("\ttab leads", "tab leads"),
        ("'=SUM(A1)", "=SUM(A1)"),
        ("'", ""),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_clean_takes_wrappers_off(cell: str, text: str) -> None:
    assert cells.clean(cell) == text


@given(st.text())
def test_clean_is_finished_after_one_pass(cell: str) -> None:
    once = cells.clean(cell)

    assert cells.clean(once) == once


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("0元", "0.00"),
        ("12.5", "12.50"),
        ("1299.00", "1299.00"),
        ("1,299.00", "1299.00"),
        ("¥1299", "1299.00"),
        ("'39.00", "39.00"),
        ("99999999.99", "99999999.99"),
        ("007", "7.00"),
    ],
)
def test_money_is_exact_to_the_cent(cell: str, amount: str) -> None:
    assert str(cells.money(cell)) == amount


@pytest.mark.parametrize("cell", ["", "null", "'null", "无退款申请", '=""', "\t"])
def test_money_of_a_cell_that_says_nothing_is_none(cell: str) -> None:
    assert cells.money(cell) is None


@pytest.mark.parametrize(
    "cell",
    [
        *("二百", "NaN", "Infinity", "-Infinity", "1e3", "1E+3", "-1.00", "+1.00", "1.005", "1.", ".5"),
        *("100000000.00", "9" * 50, "12,99", "1,29.00", "１２", "٣", "0x10", "1_000", "12元元", "12 34"),
    ],
)
def test_money_refuses_what_is_no_amount(cell: str) -> None:
    with pytest.raises(CellRefused):
        cells.money(cell)


@given(st.text() | st.from_regex(r"[0-9]{1,12}(\.[0-9]{0,4})?", fullmatch=True))
def test_money_is_a_decimal_of_two_places_or_refused(cell: str) -> None:
    try:
        amount = cells.money(cell)
    except CellRefused:
        return
    assert amount is None or (
        type(amount) is Decimal and amount.as_tuple().exponent == -2 and 0 <= amount <= cells.MAX_MONEY
    )


@given(st.decimals(min_value=0, max_value=99999999, places=2))
def test_money_reads_back_every_amount(amount: Decimal) -> None:
    assert cells.money(f"{amount}元") == amount


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("2026-11-20 09:23:06", (2026, 11, 20, 9, 23, 6)),
        ("2026/11/20 9:23", (2026, 11, 20, 9, 23, 0)),
        ("2026/1/2 9:23:05", (2026, 1, 2, 9, 23, 5)),
        ("2026-11-20 09:23:06.0", (2026, 11, 20, 9, 23, 6)),
        ("\t2026-11-20 09:23:06", (2026, 11, 20, 9, 23, 6)),
        ("2024-02-29 00:00:00", (2024, 2, 29, 0, 0, 0)),
    ],
)
def test_moment_is_aware_in_shanghai(cell: str, parts: tuple[int, ...]) -> None:
    time = cells.moment(cell)

    assert time == datetime(*parts, tzinfo=ZoneInfo("Asia/Shanghai"))  # type: ignore[misc,arg-type]
    assert str(time).endswith("+08:00")


@pytest.mark.parametrize(
    "cell",
    [
        *("2026-13-45 99:00:00", "2026-02-29 00:00:00", "2026-11-20", "2026-11/20 09:23", "昨天", "46346.39"),
        *("1899-12-30 00:00:00", "9999-01-01 00:00:00", "2026-11-20 24:00:00", "2026-11-20 09:23+0800"),
        *("2026-11-20 09:23:60", "20261120 092306", "2026-11-20 09:2306"),
    ],
)
def test_moment_refuses_what_is_no_time_of_day(cell: str) -> None:
    with pytest.raises(CellRefused):
        cells.moment(cell)


@given(st.datetimes(min_value=datetime(2003, 1, 1), max_value=datetime(2099, 12, 31)))  # noqa: DTZ001
def test_moment_reads_back_every_time(time: datetime) -> None:
    time = time.replace(microsecond=0)

    assert cells.moment(str(time)) == time.replace(tzinfo=cells.SHANGHAI)


@pytest.mark.parametrize("number", ["35010000000000001", "4326000000000000001", "1", "9" * 32])
def test_order_number_is_kept_whole(number: str) -> None:
    assert cells.order_number(f'="{number}"') == number


@pytest.mark.parametrize(
    "cell",
    ["3.51E+16", "3.51e16", "3.51", "35010000000000001.0", "9" * 33, "35-01", "３５０１", "-35", "1\x002"],
)
def test_order_number_is_never_guessed(cell: str) -> None:
    with pytest.raises(CellRefused):
        cells.order_number(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("No:75510000007920", "75510000007920"),
        ("NO：75510000007920", "75510000007920"),
        ("75510000007920", "75510000007920"),
        ("No:", ""),
        ("", ""),
        ("'SF1234567890", "SF1234567890"),
        ("NOVA123", "NOVA123"),
    ],
)
def test_tracking_number_loses_its_prefix(cell: str, number: str) -> None:
    assert cells.tracking_number(cell) == number


@pytest.mark.parametrize("cell", ["7.551E+13", "7" * 129, "7\x00"])
def test_tracking_number_refuses_lost_digits(cell: str) -> None:
    with pytest.raises(CellRefused):
        cells.tracking_number(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("'13867323970", "13867323970"),
        ("86-13867323970", "13867323970"),
        ("+86-13867323970", "13867323970"),
        ("139****0004", "139****0004"),
        ("852-91234567", "852-91234567"),
        ("'null", ""),
    ],
)
def test_phone_is_kept_as_written(cell: str, number: str) -> None:
    assert cells.phone(cell) == number


@pytest.mark.parametrize(
    ("cell", "count"), [("2", 2), ("2.0", 2), ("0", 0), ("", None), ("1000000", 1_000_000)]
)
def test_quantity(cell: str, count: int | None) -> None:
    assert cells.quantity(cell) == count


@pytest.mark.parametrize("cell", ["-1", "1.5", "1000001", "二", "1e3", "9" * 60])
def test_quantity_refuses_what_is_no_count(cell: str) -> None:
    with pytest.raises(CellRefused):
        cells.quantity(cell)


def test_a_line_of_no_pieces_is_refused() -> None:
    with pytest.raises(CellRefused):
        cells.pieces("0")


@pytest.mark.parametrize("cell", ["longer", "a\x00b"])
def test_text_is_refused_and_not_cut(cell: str) -> None:
    with pytest.raises(CellRefused):
        cells.plain_text(5)(cell)
