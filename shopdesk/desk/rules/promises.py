"""By when a promise is due, as its Chinese words say it (T2): 今晚, 明天下午, 周五, 3天内, 9.9."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shopdesk.base.clock import SHANGHAI

DAY = timedelta(days=1)
# **Our reading:** what the words of a day mean by the clock; a day without one means the end of the day shift.
END_OF_DAY_SHIFT = time(17, 30)
PARTS: dict[str, time] = {
    "早上": time(10, 0),
    "上午": time(12, 0),
    "中午": time(13, 0),
    "下午": time(17, 30),
    "傍晚": time(19, 0),
    "晚上": time(22, 0),
    "早": time(10, 0),
    "晚": time(22, 0),
}
LAST_MINUTE = time(23, 59)
_AFTERNOON = ("下午", "傍晚", "晚上", "晚")
_DAYS = {"今": 0, "当": 0, "明": 1, "后": 2, "大后": 3}
_WEEKDAYS = {**{name: number for number, name in enumerate("一二三四五六日")}, "天": 6}
_NUMERALS = {
    "半": 0,
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}

_PART = r"(?P<part>早上|上午|中午|下午|傍晚|晚上|早|晚)?"
_CLOCK = r"(?:(?P<hour>\d{1,2})(?:[:：](?P<minute>\d{2})|点(?P<half>半)?))?"
_NUMBER = r"(?P<number>\d{1,2}|[一两二三四五六七八九十])"
_HOURS = re.compile(_NUMBER.replace("[一", "[半一") + r"个?(?P<half>半)?(?:小时|钟头)(?:之?内|以内|后)?")
_SPAN = re.compile(_NUMBER + r"(?:个工作日|天|日)(?:之?内|以内|后)")
_RELATIVE = re.compile(r"(?P<day>大后|今|当|明|后)(?:天|日|(?=[早晚]))" + _PART + _CLOCK)
_WEEKDAY = re.compile(
    r"(?P<week>下下|下|本|这)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天1-7])" + _PART + _CLOCK
)
_DATE = re.compile(
    r"(?<![\d.¥￥])(?P<month>1[0-2]|0?[1-9])(?:[./]|月)(?P<dom>3[01]|[12]\d|0?[1-9])(?:日|号)?(?![\d.]|元|块|折|%|公斤|斤|kg)"
    + _PART
    + _CLOCK
)
_TODAY = re.compile(
    r"(?P<part>早上|上午|中午|下午|傍晚|晚上)"
    + _CLOCK
    + r"|(?P<hour2>\d{1,2})(?:[:：](?P<minute2>\d{2})|点(?P<half2>半)?)(?=之?前|以前|发|寄|给|回)"
)
_SOON = re.compile("马上|立刻|尽快")
SOON = timedelta(hours=2)
NEAR = 180 * DAY


@dataclass(frozen=True)
class Proposal:
    """When a promise is due, and the words that say so."""

    due_at: datetime
    words: str


def propose_due(text: str, now: datetime) -> Proposal | None:
    """Read from a note by when what it promises is due; ``None`` where it says no time still to come.

    It proposes only: whoever makes the promise says the time. The first time that the words name in the order hours,
    days, weekdays, dates, parts of today counts; what is past already is not proposed, but "today" means until
    midnight then.
    """
    here = now.astimezone(SHANGHAI)
    for pattern, read in (
        (_HOURS, _after_hours),
        (_SPAN, _after_days),
        (_RELATIVE, _relative),
        (_WEEKDAY, _weekday),
        (_DATE, _on_date),
        (_TODAY, _today),
        (_SOON, lambda _found, at: at + SOON),
    ):
        for found in pattern.finditer(text):
            due = read(found, here)
            if due is not None and due > here:
                return Proposal(due.replace(second=0, microsecond=0), found.group().strip())
    return None


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMERALS[text]


def _after_hours(found: re.Match[str], here: datetime) -> datetime:
    text = found["number"]
    minutes = 30 if text == "半" else _number(text) * 60 + (30 if found["half"] else 0)
    return here + timedelta(minutes=minutes)


def _after_days(found: re.Match[str], here: datetime) -> datetime:
    return _at(here.date() + DAY * _number(found["number"]), END_OF_DAY_SHIFT)


def _relative(found: re.Match[str], here: datetime) -> datetime | None:
    day = here.date() + DAY * _DAYS[found["day"]]
    due = _by_clock(day, found)
    if due is not None and due <= here and day == here.date() and found["hour"] is None:
        return _at(day, LAST_MINUTE)
    return due


def _weekday(found: re.Match[str], here: datetime) -> datetime | None:
    name = found["weekday"]
    number = int(name) - 1 if name.isdigit() else _WEEKDAYS[name]
    monday = here.date() - DAY * here.weekday()
    weeks = {"下": 1, "下下": 2}.get(found["week"] or "", 0)
    due = _by_clock(monday + DAY * (7 * weeks + number), found)
    if due is not None and due <= here and not found["week"]:
        return due + DAY * 7
    return due


def _on_date(found: re.Match[str], here: datetime) -> datetime | None:
    for year in (here.year, here.year + 1):
        try:
            due = _by_clock(date(year, int(found["month"]), int(found["dom"])), found)
        except ValueError:
            continue
        # A date that is past is not one of next year, unless that is near.
        if due is None or due > here:
            return due if due is None or due < here + NEAR else None
    return None


def _today(found: re.Match[str], here: datetime) -> datetime | None:
    if found["part"]:
        return _by_clock(here.date(), found)
    return _clock_time(here.date(), None, found["hour2"], found["minute2"], found["half2"])


def _by_clock(day: date, found: re.Match[str]) -> datetime | None:
    """A day with the part of it or the time that the words say; ``None`` for a time that no clock shows."""
    return _clock_time(day, found["part"], found["hour"], found["minute"], found["half"])


def _clock_time(
    day: date, part: str | None, hour: str | None, minute: str | None, half: str | None
) -> datetime | None:
    if hour is None:
        return _at(day, PARTS[part] if part else END_OF_DAY_SHIFT)
    hours, minutes = int(hour), int(minute or 0) if not half else 30
    if part in _AFTERNOON and hours < 12:
        hours += 12
    if hours == 24 and not minutes:
        return _at(day, LAST_MINUTE)
    return _at(day, time(hours, minutes)) if hours < 24 and minutes < 60 else None


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, SHANGHAI)
