"""T2: by when a promise is due, read from the words of a note."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdesk.base.clock import SHANGHAI
from shopdesk.desk.rules.promises import propose_due
from tests.factories import NOW  # Sunday 2026-11-22, 12:00


@pytest.mark.parametrize(
    ("text", "due", "words"),
    [
        ("答应今晚发", "2026-11-22 22:00", "今晚"),
        ("今天晚上发出", "2026-11-22 22:00", "今天晚上"),
        ("今天发", "2026-11-22 17:30", "今天"),
        ("说好今晚8点前给单号", "2026-11-22 20:00", "今晚8点"),
        ("当天发货", "2026-11-22 17:30", "当天"),
        ("明天上午回复", "2026-11-23 12:00", "明天上午"),
        ("明早发", "2026-11-23 10:00", "明早"),
        ("明天下午3点半打电话", "2026-11-23 15:30", "明天下午3点半"),
        ("后天到", "2026-11-24 17:30", "后天"),
        ("大后天补发", "2026-11-25 17:30", "大后天"),
        ("下午发", "2026-11-22 17:30", "下午"),
        ("18:30前发", "2026-11-22 18:30", "18:30"),
        ("答应周五前发", "2026-11-27 17:30", "周五"),
        ("星期日发", "2026-11-22 17:30", "星期日"),  # today still
        ("周六发", "2026-11-28 17:30", "周六"),  # this week's is past
        ("下周一发", "2026-11-23 17:30", "下周一"),
        ("礼拜天晚上给结果", "2026-11-22 22:00", "礼拜天晚上"),
        ("3天内发货", "2026-11-25 17:30", "3天内"),
        ("两天内退款", "2026-11-24 17:30", "两天内"),
        ("2小时内回复", "2026-11-22 14:00", "2小时内"),
        ("半小时内回电", "2026-11-22 12:30", "半小时内"),
        ("一个半小时后回电", "2026-11-22 13:30", "一个半小时后"),
        ("12.9前到货", "2026-12-09 17:30", "12.9"),
        ("12月9日发", "2026-12-09 17:30", "12月9日"),
        ("1/5发", "2027-01-05 17:30", "1/5"),
        ("9.9发", "2027-09-09 17:30", None),  # long past this year, too far the next
        ("马上发", "2026-11-22 14:00", "马上"),
        ("退差价9.9元", "", None),
        ("补¥12.9", "", None),
        ("打8.5折", "", None),
        ("重1.5kg", "", None),
        ("已发，单号是中通7551", "", None),
        ("昨天发了", "", None),
        ("今天上午10点发", "", None),  # past
        ("本周三发", "", None),  # past
        ("2月30日发", "", None),
        ("今晚99点", "", None),
        ("客户要求改尺码", "", None),
        ("", "", None),
    ],
)
def test_time_is_read_from_the_words(text: str, due: str, words: str | None) -> None:
    proposal = propose_due(text, NOW)
    if words is None:
        assert proposal is None
    else:
        assert proposal is not None
        assert (f"{proposal.due_at:%Y-%m-%d %H:%M}", proposal.words) == (due, words)


def test_tonight_said_late_means_until_midnight() -> None:
    proposal = propose_due("今晚发", datetime(2026, 11, 22, 22, 30, tzinfo=SHANGHAI))
    assert proposal is not None
    assert f"{proposal.due_at:%d %H:%M}" == "22 23:59"


@given(
    text=st.text("今明后大晚早上下午周五一3天内小时点半:.9月日号前发 ", max_size=20),
    minutes=st.integers(0, 10**6),
)
def test_what_is_proposed_is_always_still_to_come(text: str, minutes: int) -> None:
    now = NOW + timedelta(minutes=minutes)
    proposal = propose_due(text, now)
    assert proposal is None or now <= proposal.due_at + timedelta(seconds=59) < now + timedelta(days=181)
