"""M4a: the starting balance: what is read, what is rejected and why, counted once."""

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from members.models import Buyer, LifetimeShipping, SpendEntry
from members.opening_files import MAX_BYTES, OpeningFile, read_opening
from members.services.opening import OpeningReport, preview, take_over
from shopdesk.base.errors import DomainError, Forbidden
from shopdesk.base.models import AuditEntry
from tests.factories import NOW, make_buyer, make_staff

HEADER = "nick,opening_spend,lifetime_address\n"


def read(text: str) -> OpeningFile:
    return read_opening((HEADER + text).encode())


def reasons(file: OpeningFile | OpeningReport) -> list[tuple[int, str]]:
    return [(row.number, str(row.reason)) for row in file.rejected]


class TestReading:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_rows_in_every_encoding(self, encoding: str) -> None:
        file = read_opening((HEADER + '小肥,1204.50,"上海市, 浦东新区1号"\r\n大肥,980,\r\n').encode(encoding))

        assert [(row.number, row.nick, row.spend, row.address) for row in file.rows] == [
            (2, "小肥", Decimal("1204.50"), "上海市, 浦东新区1号"),
            (3, "大肥", Decimal("980"), ""),
        ]
        assert file.rejected == []

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (",5.00,", "The nick is missing."),
            ("小肥,5.001,", "The spend is an amount such as 1204.50."),
            ("小肥,-5,", "The spend is an amount such as 1204.50."),
            ("小肥,1e9,", "The spend is an amount such as 1204.50."),
            ("小肥,NaN,", "The spend is an amount such as 1204.50."),
            ("小肥,１２,", "The spend is an amount such as 1204.50."),
            ("小肥,9999999999,", "The spend is larger than the desk can hold."),
            ("小肥,,", "The row says nothing: neither a spend nor an address."),
            ("小\u202e肥,5,", "A nick has 64 readable characters at most."),
            ("小" * 65 + ",5,", "A nick has 64 readable characters at most."),
            ("小肥,5," + "路" * 501, "An address has 500 readable characters at most."),
            ("小肥,1,204.50,上海", "The row has more cells than the header"),
        ],
    )
    def test_bad_row_says_why_and_stops_no_other(self, row: str, reason: str) -> None:
        file = read(f"{row}\n好的,1.00,\n")

        [(number, told)] = reasons(file)
        assert number == 2
        assert told.startswith(reason)
        assert [good.nick for good in file.rows] == ["好的"]

    def test_second_row_of_a_nick_is_rejected(self) -> None:
        assert reasons(read("小肥,5,\n小肥,6,\n")) == [(3, "This nick stands in the file twice.")]

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "The first row must be"),
            (b"\x89PNG\r\n\x1a\n\x00\x00", "The file is no text"),
            (b"nick,spend\n", "The first row must be"),
            ((HEADER + '小肥,"5\n').encode(), "no readable CSV"),
            ((HEADER + "小" * 200_000 + ",5,\n").encode(), "no readable CSV"),
            (b"x" * (MAX_BYTES + 1), "larger than 1 MB"),
            ((HEADER + "a,1,\n" * 10_001).encode(), "more than 10 000 rows"),
        ],
    )
    def test_hostile_file_is_refused_as_a_whole(self, content: bytes, told: str) -> None:
        with pytest.raises(DomainError) as refusal:
            read_opening(content)

        assert refusal.value.code == "M4a"
        assert told in str(refusal.value.message)


@pytest.mark.django_db
class TestCounting:
    def test_preview_changes_nothing(self) -> None:
        make_buyer("小肥")

        report = preview(read("小肥,1204.50,上海\n新人,5.00,\n"))

        assert [(c.row.nick, c.counts, c.gives_lifetime, c.known) for c in report.changes] == [
            ("小肥", True, True, True),
            ("新人", True, False, False),
        ]
        assert Buyer.objects.count() == 1
        assert not SpendEntry.objects.exists()

    def test_counted_once_with_the_address_for_life_and_audited(self) -> None:
        file = read("小肥,1204.50,上海\n新人,5.00,\n")

        take_over(file, actor=make_staff("manager"), now=NOW)
        again = take_over(file, actor=make_staff("manager"), now=NOW)

        assert dict(Buyer.objects.values_list("nick", "spend")) == {
            "小肥": Decimal("1204.50"),
            "新人": Decimal("5.00"),
        }
        assert LifetimeShipping.objects.get().status == "confirmed"
        assert (again.changes, again.unchanged, again.rejected) == ([], 2, [])
        assert AuditEntry.objects.filter(action="member.opening").count() == 2
        assert "上海" not in str(AuditEntry.objects.get(subject_id="小肥").after)

    def test_other_amount_or_address_for_a_known_nick_is_refused_with_the_reason(self) -> None:
        take_over(read("小肥,1204.50,上海\n"), actor=make_staff("manager"), now=NOW)

        amount = take_over(read("小肥,9999.00,\n"), actor=make_staff("manager"), now=NOW)
        address = take_over(read("小肥,1204.50,北京\n"), actor=make_staff("manager"), now=NOW)

        assert reasons(amount) == [
            (2, "Its starting balance was counted already, as ¥1,204.50: it is counted once.")
        ]
        assert reasons(address) == [(2, "This buyer has free shipping for life already, to another address.")]
        assert Buyer.objects.get().spend == Decimal("1204.50")

    @pytest.mark.parametrize("role", ["agent", "supervisor", "warehouse"])
    def test_only_a_manager(self, role: str) -> None:
        with pytest.raises(Forbidden):
            take_over(read("小肥,5,\n"), actor=make_staff(role), now=NOW)

        assert not Buyer.objects.exists()

    def test_command_dry_run_then_for_real(self, tmp_path: Path) -> None:
        path = tmp_path / "opening.csv"
        path.write_text(HEADER + "小肥,5,\n坏的,x,\n", encoding="utf-8")
        out = StringIO()

        call_command("import_opening", str(path), "--dry-run", stdout=StringIO())
        assert not Buyer.objects.exists()
        call_command("import_opening", str(path), "--json", stdout=out)

        told = json.loads(out.getvalue())
        assert (told["changed"], told["unchanged"], told["rejected"][0]["row"]) == (1, 0, 3)
        assert Buyer.objects.get().spend == Decimal("5.00")

    def test_command_says_what_is_wrong_with_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "opening.csv"
        path.write_bytes(b"\x00")

        with pytest.raises(CommandError, match="no text"):
            call_command("import_opening", str(path))
        with pytest.raises(CommandError):
            call_command("import_opening", str(tmp_path / "none.csv"))
