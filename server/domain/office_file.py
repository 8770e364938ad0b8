"""Reads an office from the plain document of its TOML file, and tells every mistake at once."""

from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from server.domain.office import Break, Counter, Office, Opening, Queue, Rule, Service, Text

Table = dict[str, Any]
T = TypeVar("T")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CODE = 32  # What a code, an id or a prefix may have; a table's column of codes holds 64.
LARGEST = 1_000_000  # Of any number here: minutes of two years, and far below what a table or a time span holds.


class OfficeFileError(ValueError):
    """The office's file cannot be used. `mistakes` has all of them: where, what stands there, an example."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


def read_office(document: Table, *, version: int = 1) -> Office:
    """Return the office that this document describes, or raise OfficeFileError with all its mistakes."""
    page = _Reader(document, "")
    head = page.table("office")
    office = Office(
        code=head.short("code", "pasang"),
        name=head.words("name"),
        place=head.words("place"),
        zone_name=head.read("timezone", _zone_name, "Asia/Bangkok", fallback="Asia/Bangkok"),
        demo=head.flag("demo"),
        always_open=head.flag("always_open"),
        last_issue_before_close=timedelta(minutes=head.number("last_issue_minutes_before_close", 15, fallback=0)),
        promise=page.words("promise") if "promise" in document else None,
        rule=_rule(page.table("rule", optional=True), version),
        rating_open_for=timedelta(
            seconds=page.table("rating", optional=True).number("expires_seconds", 60, fallback=60, least=5)
        ),
        openings=tuple(_opening(row) for row in page.rows("hours", optional=True)),
        holidays=_holidays(page.table("holidays", optional=True)),
        queues=tuple(_queue(row) for row in page.rows("queues")),
        services=tuple(_service(row) for row in page.rows("services")),
        counters=tuple(_counter(row) for row in page.rows("counters")),
        version=version,
    )
    mistakes = page.mistakes + _misfits(office)
    if mistakes:
        raise OfficeFileError(mistakes)
    return office


def _queue(row: "_Reader") -> Queue:
    return Queue(
        id=row.short("id", "A"),
        prefix=row.short("prefix", "A"),
        name=row.words("name"),
        first=row.number("first", 1, fallback=1, least=1),
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
    return Counter(
        number=row.number("number", 1, least=1),
        name=row.words("name"),
        queues=tuple(row.texts("queues", "A")),
    )


def _rule(row: "_Reader", version: int) -> Rule:
    recall = row.table("recall", optional=True)
    head_start = row.table("head_start_minutes", optional=True)
    return Rule(
        version=version,
        priority_head_start=timedelta(minutes=head_start.number("priority", 15, fallback=15)),
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
    return {
        each.read("date", date.fromisoformat, "2026-12-05", fallback=date.min): each.own_words()
        for each in row.rows("days", optional=True)
    }


def _misfits(office: Office) -> list[str]:
    """Mistakes that no single value shows: doubles, and names that lead nowhere."""
    queues = {queue.id for queue in office.queues}
    told = [f"queues: {each} stands twice" for each in _doubles(queue.id for queue in office.queues)]
    told += [f"queues: prefix {each} stands twice" for each in _doubles(queue.prefix for queue in office.queues)]
    told += [f"services: {each} stands twice" for each in _doubles(service.id for service in office.services)]
    told += [f"counters: {each} stands twice" for each in _doubles(str(each.number) for each in office.counters)]
    told += [f"services.{s.id}.queue = {s.queue!r}: no such queue; one of {sorted(queues)}"
             for s in office.services if s.queue not in queues]  # fmt: skip
    told += [f"counters.{c.number}.queues: no such queue {queue!r}; one of {sorted(queues)}"
             for c in office.counters for queue in c.queues if queue not in queues]  # fmt: skip
    served = {queue for counter in office.counters for queue in counter.queues}
    told += [f"queues.{each}: no counter serves it" for each in sorted(queues - served)]
    # A1 and 001 would be the same number on glass as A and 1001.
    told += [f"queues.{q.id}.prefix = {q.prefix!r}: must not end in a digit; write for example prefix = 'A'"
             for q in office.queues if q.prefix[-1:].isdigit()]  # fmt: skip
    if not office.always_open and not office.openings:
        told.append("hours: missing; write [[hours]] rows, or always_open = true")
    return told + _misfit_hours(office)


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

    def number(self, key: str, example: int, *, fallback: int | None = None, least: int = 0) -> int:
        value = self.found.get(key, fallback)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST:
            return value
        self._note(key, value, example)
        return least

    def perhaps_number(self, key: str, example: int) -> int | None:
        return self.number(key, example) if key in self.found else None

    def flag(self, key: str) -> bool:
        value = self.found.get(key, False)
        if not isinstance(value, bool):
            self._note(key, value, True)
        return value is True

    def clock(self, key: str, example: str) -> time:
        return self.read(key, _time_of_day, example, fallback=time.min)

    def _path(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _note(self, key: str, value: object, example: object) -> None:
        self.mistakes.append(f"{self._path(key)} = {value!r}: cannot be used; write for example {key} = {example!r}")
