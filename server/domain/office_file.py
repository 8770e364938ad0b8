"""Reads an office from the plain document of its TOML file, and tells every mistake at once."""

from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from itertools import combinations
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from server.domain.dates import read_date
from server.domain.office import (
    LANGUAGES,
    Break,
    Counter,
    HolidaysOfYear,
    Office,
    Opening,
    Queue,
    Reason,
    Reasons,
    Rule,
    Service,
    Slips,
    Text,
    no_public_holidays,
)

Table = dict[str, Any]
T = TypeVar("T")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CODE = 32  # What a code, an id or a prefix may have; a table's column of codes holds 64.
LONGEST_SHORT_LINE = 60  # Letters of a slip's text: two lines of it on the narrow paper.
LONGEST_LINE = 120  # Four lines.
LONGEST_DROP = 24 * 60  # Minutes: a slip is of today.
LARGEST = 1_000_000  # Of any number here: minutes of two years, and far below what a table or a time span holds.


class OfficeFileError(ValueError):
    """The office's file cannot be used. `mistakes` has all of them: where, what stands there, an example."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


def countries_unknown(country: str) -> HolidaysOfYear:
    """Know no country: ValueError."""
    raise ValueError(country)


CountryHolidays = Callable[[str], HolidaysOfYear]
"""The public holidays of the country with that ISO 3166 code; ValueError where it is not known."""


def read_office(document: Table, *, version: int = 1, public_holidays: CountryHolidays = countries_unknown) -> Office:
    """Return the office that this document describes, or raise OfficeFileError with all its mistakes.

    `public_holidays` knows the countries; without it a document that names one is refused, not silently short of days.
    """
    page = _Reader(document, "")
    head = page.table("office")
    closed = page.table("holidays", optional=True)
    promise = page.table("promise", optional=True)
    office = Office(
        code=head.short("code", "pasang"),
        name=head.words("name"),
        place=head.words("place"),
        zone_name=head.read("timezone", _zone_name, "Asia/Bangkok", fallback="Asia/Bangkok"),
        demo=head.flag("demo"),
        always_open=head.flag("always_open"),
        last_issue_before_close=timedelta(minutes=head.number("last_issue_minutes_before_close", 15, fallback=0)),
        promise=_promise(promise),
        promised_wait=_promised_wait(promise),
        rule=_rule(page.table("rule", optional=True), version),
        rating_open_for=timedelta(
            seconds=page.table("rating", optional=True).number("expires_seconds", 60, fallback=60, least=5)
        ),
        openings=tuple(_opening(row) for row in page.rows("hours", optional=True)),
        holidays=_holidays(closed),
        public_holidays=_public_holidays(closed, public_holidays),
        working=frozenset(_date(row) for row in closed.rows("working", optional=True)),
        reasons=_reasons(page.table("reasons", optional=True)),
        slips=_slips(page.table("slips", optional=True)),
        queues=tuple(_queue(row) for row in page.rows("queues")),
        services=tuple(_service(row) for row in page.rows("services")),
        counters=tuple(_counter(row) for row in page.rows("counters")),
        version=version,
    )
    mistakes = page.mistakes + _misfits(office)
    if mistakes:
        raise OfficeFileError(mistakes)
    return office


def _promise(row: "_Reader") -> Text | None:
    """Return the promise of fairness in words; a table that only says how long a wait may be has none."""
    return row.own_words() if row.found.keys() - {"wait_minutes"} else None


def _promised_wait(row: "_Reader") -> timedelta | None:
    return timedelta(minutes=row.number("wait_minutes", 30, least=1)) if "wait_minutes" in row.found else None


def _queue(row: "_Reader") -> Queue:
    return Queue(
        id=row.short("id", "A"),
        prefix=row.short("prefix", "A"),
        name=row.words("name"),
        first=row.number("first", 1, fallback=1, least=1),
        last=row.perhaps_number("last", 999),
    )


def _service(row: "_Reader") -> Service:
    return Service(
        id=row.short("id", "id_renew"),
        queue=row.short("queue", "A"),
        name=row.words("name"),
        documents=tuple(each.own_words() for each in row.rows("documents", optional=True)),
        note=row.words("note") if "note" in row.found else None,
        fee_baht=row.number("fee_baht", 100, fallback=0),
        standard_minutes=row.perhaps_number("standard_minutes", 15),
        standard_days=row.perhaps_number("standard_days", 7),
        quota_per_day=row.perhaps_number("quota_per_day", 60),
        confirmed=row.flag("confirmed"),
    )


def _counter(row: "_Reader") -> Counter:
    idle = row.perhaps_number("auto_call_after_seconds", 10)
    return Counter(
        number=row.number("number", 1, least=1),
        name=row.words("name"),
        queues=tuple(row.texts("queues", "A")),
        auto_call_after=None if idle is None else timedelta(seconds=idle),
    )


def _reasons(row: "_Reader") -> Reasons:
    ours = Reasons()
    return Reasons(
        out_of_order=_reason_list(row, "out_of_order") or ours.out_of_order,
        pause=_reason_list(row, "break") or ours.pause,
        cancel=_reason_list(row, "cancel") or ours.cancel,
        walk_up=_reason_list(row, "walk_up") or ours.walk_up,
    )


def _reason_list(row: "_Reader", key: str) -> tuple[Reason, ...]:
    return tuple(Reason(each.short("id", "wheelchair"), each.own_words()) for each in row.rows(key, optional=True))


def _slips(row: "_Reader") -> Slips:
    return Slips(
        drop_after=timedelta(minutes=row.number("drop_after_minutes", 30, fallback=30, least=1, most=LONGEST_DROP)),
        documents=row.flag("documents", fallback=True),
        wait=row.flag("wait", fallback=True),
        greeting=row.perhaps_words("greeting", LONGEST_SHORT_LINE),
        note=row.perhaps_words("note", LONGEST_LINE),
        footer=row.perhaps_words("footer", LONGEST_LINE),
        qr_caption=row.perhaps_words("qr_caption", LONGEST_SHORT_LINE),
    )


def _rule(row: "_Reader", version: int) -> Rule:
    recall = row.table("recall", optional=True)
    head_start = row.table("head_start_minutes", optional=True)
    return Rule(
        version=version,
        priority_head_start=timedelta(minutes=head_start.number("priority", 15, fallback=15)),
        appointment_head_start=timedelta(minutes=head_start.number("appointment", 0, fallback=0)),
        appointment_tolerance=timedelta(minutes=row.number("appointment_tolerance_minutes", 15, fallback=15)),
        undo_within=timedelta(seconds=row.number("undo_seconds", 60, fallback=60)),
        no_show_grace=timedelta(seconds=row.number("no_show_grace_seconds", 20, fallback=20)),
        cap=row.number("cap", 3, fallback=3, least=1),
        return_place=row.number("return_place", 3, fallback=3, least=1),
        recall_limit=recall.number("max", 3, fallback=3),
        recall_interval=timedelta(seconds=recall.number("every_seconds", 30, fallback=30)),
    )


def _opening(row: "_Reader") -> Opening:
    return Opening(
        weekdays=row.read("weekdays", _weekdays, ["mon", "fri"], fallback=frozenset[int]()),
        opens=row.clock("open", "08:30"),
        closes=row.clock("close", "16:30"),
        breaks=tuple(
            Break(each.clock("from", "12:00"), each.clock("to", "13:00")) for each in row.rows("breaks", optional=True)
        ),
    )


def _holidays(row: "_Reader") -> dict[date, Text]:
    return {_date(each): each.own_words() for each in row.rows("days", optional=True)}


def _date(row: "_Reader") -> date:
    return row.read("date", read_date, "2026-12-05", fallback=date.min)


def _public_holidays(row: "_Reader", of_country: CountryHolidays) -> HolidaysOfYear:
    if "country" not in row.found:
        return no_public_holidays
    none: HolidaysOfYear = no_public_holidays
    return row.read("country", of_country, "TH", fallback=none)


def _misfits(office: Office) -> list[str]:
    """Mistakes that no single value shows: doubles, and names that lead nowhere."""
    queues = {queue.id for queue in office.queues}
    told = [f"queues: {each} stands twice" for each in _doubles(queue.id for queue in office.queues)]
    told += [f"services: {each} stands twice" for each in _doubles(service.id for service in office.services)]
    told += [f"counters: {each} stands twice" for each in _doubles(str(each.number) for each in office.counters)]
    told += [f"reasons.{name}: {each} stands twice" for name, listed in _reason_lists(office)
             for each in _doubles(reason.id for reason in listed)]  # fmt: skip
    told += [f"services.{s.id}.queue = {s.queue!r}: no such queue; one of {sorted(queues)}"
             for s in office.services if s.queue not in queues]  # fmt: skip
    told += [f"counters.{c.number}.queues: no such queue {queue!r}; one of {sorted(queues)}"
             for c in office.counters for queue in c.queues if queue not in queues]  # fmt: skip
    served = {queue for counter in office.counters for queue in counter.queues}
    told += [f"queues.{each}: no counter serves it" for each in sorted(queues - served)]
    # A1 and 001 would be the same number on glass as A and 1001.
    told += [f"queues.{q.id}.prefix = {q.prefix!r}: must not end in a digit; write for example prefix = 'A'"
             for q in office.queues if q.prefix[-1:].isdigit()]  # fmt: skip
    told += _misfit_numbers(office.queues)
    if not office.always_open and not office.openings:
        told.append("hours: missing; write [[hours]] rows, or always_open = true")
    return told + _misfit_hours(office)


def _misfit_numbers(queues: tuple[Queue, ...]) -> list[str]:
    told = [f"queues.{q.id}.last = {q.last!r}: is less than first = {q.first}; write for example last = {q.first + 498}"
            for q in queues if q.last is not None and q.last < q.first]  # fmt: skip
    for one, other in combinations(queues, 2):
        if one.prefix == other.prefix and one.prefix and may_meet(one, other):
            told.append(
                f"queues: prefix {one.prefix} stands twice, in {one.id} and {other.id}; write another prefix, or "
                "ranges apart, for example first = 1, last = 499 and first = 500, last = 999"
            )
    return told


def may_meet(one: Queue, other: Queue) -> bool:
    """Return whether the two ranges of numbers have one in common."""
    return (one.last is None or other.first <= one.last) and (other.last is None or one.first <= other.last)


def _reason_lists(office: Office) -> list[tuple[str, tuple[Reason, ...]]]:
    reasons = office.reasons
    return [("out_of_order", reasons.out_of_order), ("break", reasons.pause), ("cancel", reasons.cancel),
            ("walk_up", reasons.walk_up)]  # fmt: skip


def _misfit_hours(office: Office) -> list[str]:
    days = [WEEKDAYS[day] for opening in office.openings for day in opening.weekdays]
    told = [f"hours: {day} stands in two rows; write one, with breaks" for day in _doubles(days)]
    for opening in office.openings:
        hours = f"hours: open {opening.opens:%H:%M}, close {opening.closes:%H:%M}"
        if opening.opens >= opening.closes:
            told.append(f"{hours}: it closes before it opens; write for example open = '08:30', close = '16:30'")
        told += [
            f"{hours}: the break from {each.starts:%H:%M} to {each.ends:%H:%M} is not within"
            for each in opening.breaks
            if not opening.opens <= each.starts < each.ends <= opening.closes
        ]
    return told


def _doubles(values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({value for value in values if value in seen or seen.add(value)})  # type: ignore[func-returns-value]  # because set.add in a condition is the idiom for "seen before".


def _zone_name(value: str) -> str:
    try:
        ZoneInfo(value)
    except OSError as error:  # "Asia" is a folder.
        raise ValueError(value) from error
    return value


def _time_of_day(value: str) -> time:
    read = time.fromisoformat(value)
    if read.tzinfo or read.second or read.microsecond:
        raise ValueError(value)  # Hours are the office's own, to the minute.
    return read


def _weekdays(value: list[str]) -> frozenset[int]:
    return frozenset(WEEKDAYS.index(each) for each in value)


class _Reader:
    """A table of the document that notes what is wrong with it and goes on with a stand-in."""

    def __init__(self, found: Table, where: str, mistakes: list[str] | None = None) -> None:
        self.found = found
        self.where = where
        self.mistakes: list[str] = [] if mistakes is None else mistakes

    def table(self, key: str, *, optional: bool = False) -> "_Reader":
        value = self.found.get(key)
        if value is None and optional:
            value = {}
        if not isinstance(value, dict):
            self._note(key, value, "[table]")
            value = {}
        return _Reader(value, self._path(key), self.mistakes)

    def rows(self, key: str, *, optional: bool = False) -> "list[_Reader]":
        value = self.found.get(key, [] if optional else None)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            self._note(key, value, f"[[{key}]]")
            return []
        return [_Reader(row, f"{self._path(key)}[{i}]", self.mistakes) for i, row in enumerate(value)]

    def read(self, key: str, convert: Callable[[Any], T], example: object, *, fallback: T) -> T:
        try:
            return convert(self.found[key])
        except (KeyError, ValueError, TypeError):
            self._note(key, self.found.get(key), example)
            return fallback

    def text(self, key: str, example: str) -> str:
        value = self.found.get(key)
        if isinstance(value, str) and value:
            return value
        self._note(key, value, example)
        return ""

    def short(self, key: str, example: str) -> str:
        value = self.text(key, example)
        if len(value) <= LONGEST_CODE:
            return value
        self._note(key, value, example)
        return ""

    def texts(self, key: str, example: str) -> list[str]:
        value = self.found.get(key)
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            return value
        self._note(key, value, [example])
        return []

    def words(self, key: str) -> Text:
        return self.table(key).own_words()

    def own_words(self) -> Text:
        return Text(self.text("th", "..."), self.text("en", "..."))

    def perhaps_words(self, key: str, longest: int) -> Text | None:
        """Return a text of at most so many letters; None where it is missing, or empty in both languages."""
        row = self.table(key, optional=True)
        if not any(row.found.get(language) for language in LANGUAGES):
            return None
        for language in LANGUAGES:
            value = row.found.get(language)
            if isinstance(value, str) and (len(value) > longest or len(value.splitlines()) > 1):
                self.mistakes.append(
                    f"{row._path(language)} = {value!r}: cannot be used; write at most {longest} letters, on one line"
                )
        return row.own_words()

    def number(
        self, key: str, example: int, *, fallback: int | None = None, least: int = 0, most: int = LARGEST
    ) -> int:
        value = self.found.get(key, fallback)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._note(key, value, example)
        return least

    def perhaps_number(self, key: str, example: int) -> int | None:
        return self.number(key, example) if key in self.found else None

    def flag(self, key: str, *, fallback: bool = False) -> bool:
        value = self.found.get(key, fallback)
        if not isinstance(value, bool):
            self._note(key, value, True)
        return value is True

    def clock(self, key: str, example: str) -> time:
        return self.read(key, _time_of_day, example, fallback=time.min)

    def _path(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _note(self, key: str, value: object, example: object) -> None:
        self.mistakes.append(f"{self._path(key)} = {value!r}: cannot be used; write for example {key} = {example!r}")
