"""An office file is read whole, or every mistake in it is told at once, with its place, its value and an example."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from server.domain.errors import UnknownCounter, UnknownService
from server.domain.office import Break, HolidaysOfYear, Slips, Text
from server.domain.office_file import OfficeFileError
from server.domain.office_file import read_office as read_office_without_countries

OFFICES = Path(__file__).parents[2] / "config" / "offices"
Document = dict[str, Any]


def read(name: str) -> Document:
    return tomllib.loads((OFFICES / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture
def document() -> Document:
    """The strict office's file, without a mistake."""
    return deepcopy(read("strict"))


def thailand_only(country: str) -> HolidaysOfYear:
    """A country with one public holiday a year."""
    if country != "TH":
        raise ValueError(country)
    return lambda year: {date(year, 8, 12): Text("วันแม่แห่งชาติ", "Mother's Day")}


read_office = partial(read_office_without_countries, public_holidays=thailand_only)


def mistakes_in(document: Document) -> tuple[str, ...]:
    with pytest.raises(OfficeFileError) as refused:
        read_office(document)
    return refused.value.mistakes


def test_the_strict_office_is_read_as_its_file_says(document: Document) -> None:
    office = read_office(document, version=4)

    assert (office.code, office.zone_name, office.demo, office.always_open) == ("thotsop", "Asia/Bangkok", False, False)
    assert office.rule.version == office.version == 4
    assert (office.rule.cap, office.rule.recall_limit, office.rule.return_place) == (3, 3, 3)
    assert office.rule.priority_head_start == timedelta(minutes=15)
    assert office.rule.recall_interval == timedelta(seconds=30)
    assert office.rule.no_show_grace == timedelta(seconds=45)
    assert office.rating_open_for == timedelta(seconds=60)
    assert office.last_issue_before_close == timedelta(minutes=15)
    assert [queue.first for queue in office.queues] == [1, 501, 1]
    assert office.openings[0].weekdays == frozenset(range(5))
    assert office.openings[0].breaks == (Break(time(12), time(13)),)
    assert office.holidays[date(2026, 12, 5)] == Text("วันพ่อแห่งชาติ", "National Father's Day")
    assert office.holiday_on(date(2030, 8, 12)) == Text("วันแม่แห่งชาติ", "Mother's Day")
    assert office.service("marriage").quota_per_day == 5
    assert office.service("complaint").quota_per_day is None
    assert office.counter(3).queues == ("K", "L", "R")
    assert office.queue_of["L"].prefix == "L"


def test_a_service_with_days_counts_as_a_short_visit(document: Document) -> None:
    office = read_office(document)

    assert office.service("house_no").expected_service == timedelta(minutes=20)
    assert office.service("id_renew").expected_service == timedelta(minutes=15)


def test_what_the_office_has_not_is_refused_by_name(document: Document) -> None:
    office = read_office(document)

    with pytest.raises(UnknownService) as service:
        office.service("passport")
    with pytest.raises(UnknownCounter) as counter:
        office.counter(4)

    assert service.value.facts == {"service": "passport"}
    assert counter.value.facts == {"counter": 4}


def test_optional_parts_may_be_left_out(document: Document) -> None:
    for part in ("promise", "rule", "rating", "holidays"):
        del document[part]
    del document["office"]["last_issue_minutes_before_close"]

    office = read_office(document)

    assert office.promise is None
    assert office.holidays == {}
    assert (office.rule.cap, office.rule.recall_limit) == (3, 3)


def test_an_office_may_promise_how_long_a_wait_is_at_most(document: Document) -> None:
    assert read_office(document).promised_wait is None

    document["promise"]["wait_minutes"] = 30
    both = read_office(document)
    document["promise"] = {"wait_minutes": 45}
    alone = read_office(document)

    assert both.promised_wait == timedelta(minutes=30)
    assert both.promise is not None
    assert (alone.promised_wait, alone.promise) == (timedelta(minutes=45), None)


@pytest.mark.parametrize("wait", [0, -5, "30", True, 30.5, 10**9])
def test_a_promised_wait_that_cannot_be_is_refused(document: Document, wait: object) -> None:
    document["promise"]["wait_minutes"] = wait

    assert mistakes_in(document) == (
        f"promise.wait_minutes = {wait!r}: cannot be used; write for example wait_minutes = 30",
    )


def test_every_mistake_is_told_at_once(document: Document) -> None:
    document["office"]["timezone"] = "Asia/Krung_Thep"
    document["office"]["demo"] = "yes"
    document["rule"]["cap"] = 0
    document["hours"][0]["open"] = "half past eight"
    document["hours"][0]["weekdays"] = ["mon", "today"]
    document["holidays"]["days"][0]["date"] = "5 Dec"
    document["queues"][0]["prefix"] = ""
    document["services"][0]["queue"] = "Z"
    document["services"][1]["fee_baht"] = -1
    document["services"][2]["name"] = {"th": "จดทะเบียนสมรส"}
    document["counters"][0]["number"] = True
    document["counters"][1]["queues"] = []

    told = mistakes_in(document)

    for place in (
        "office.timezone = 'Asia/Krung_Thep'",
        "office.demo = 'yes'",
        "rule.cap = 0",
        "hours[0].open = 'half past eight'",
        "hours[0].weekdays = ['mon', 'today']",
        "holidays.days[0].date = '5 Dec'",
        "queues[0].prefix = ''",
        "services.id_renew.queue = 'Z'",
        "services[1].fee_baht = -1",
        "services[2].name.en = None",
        "counters[0].number = True",
        "counters[1].queues = []",
    ):
        assert any(mistake.startswith(place) for mistake in told), (place, told)
    assert "write for example open = '08:30'" in next(each for each in told if each.startswith("hours[0].open"))


def test_an_empty_document_is_told_what_it_lacks() -> None:
    told = mistakes_in({})

    assert {"office = None: cannot be used; write for example office = '[table]'"} <= set(told)
    for part in ("queues", "services", "counters"):
        assert any(mistake.startswith(f"{part} = None") for mistake in told)


def test_an_office_may_write_its_own_words_on_the_slips(document: Document) -> None:
    document["slips"] = {
        "drop_after_minutes": 45,
        "documents": False,
        "wait": False,
        "greeting": {"th": "ยินดีให้บริการ", "en": "Glad to serve you"},
        "note": {"th": "ช่องบริการปิด 16.30 น.", "en": "Counters close at 16:30"},
    }

    slips = read_office(document).slips

    assert (slips.drop_after, slips.documents, slips.wait) == (timedelta(minutes=45), False, False)
    assert slips.greeting == Text("ยินดีให้บริการ", "Glad to serve you")
    assert slips.note == Text("ช่องบริการปิด 16.30 น.", "Counters close at 16:30")
    assert (slips.footer, slips.qr_caption) == (None, None)


@pytest.mark.parametrize("nothing", [{}, {"footer": {"th": "", "en": ""}}, {"footer": {}}])
def test_without_words_of_its_own_an_office_has_those_of_the_house(document: Document, nothing: Document) -> None:
    document["slips"] = nothing

    assert read_office(document).slips == Slips()
    assert Slips().drop_after == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"drop_after_minutes": 0}, "slips.drop_after_minutes = 0: cannot be used; write for example"),
        ({"drop_after_minutes": 1441}, "slips.drop_after_minutes = 1441: cannot be used; write for example"),
        ({"wait": "no"}, "slips.wait = 'no': cannot be used; write for example wait = True"),
        ({"note": "closed"}, "slips.note = 'closed': cannot be used; write for example note = '[table]'"),
        ({"note": {"th": "ปิด", "en": ""}}, "slips.note.en = '': cannot be used"),
        ({"note": {"th": "ก" * 121, "en": "x"}}, f"slips.note.th = '{'ก' * 121}': cannot be used; write at most 120"),
        ({"greeting": {"th": "ก", "en": "x" * 61}}, f"slips.greeting.en = '{'x' * 61}': cannot be used; write at"),
        ({"footer": {"th": "ก\nข", "en": "x"}}, "slips.footer.th = 'ก\\nข': cannot be used; write at most 120 letters"),
    ],
)  # fmt: skip
def test_what_a_slip_cannot_take_is_told(document: Document, words: Document, told: str) -> None:
    document["slips"] = words

    [mistake] = mistakes_in(document)

    assert mistake.startswith(told)


@pytest.mark.parametrize(
    "part", ["office", "queues", "services", "counters", "hours", "holidays", "rule", "rating", "slips"]
)
@pytest.mark.parametrize("nonsense", [5, "text", [1], {"x": 1}, None, True])
def test_nonsense_in_the_place_of_a_part_is_told_and_never_breaks_the_reader(
    document: Document, part: str, nonsense: object
) -> None:
    document[part] = nonsense
    may_be_left_out = {"rule", "rating", "holidays", "slips"}
    if part in may_be_left_out and (nonsense is None or nonsense == {"x": 1}):
        read_office(document)
        return

    assert mistakes_in(document)


def changed(document: Document, change: Callable[[Document], object]) -> tuple[str, ...]:
    change(document)
    return mistakes_in(document)


def test_two_of_a_kind_are_told(document: Document) -> None:
    document["queues"][1]["prefix"] = "K"
    document["services"][1]["id"] = "id_renew"
    document["counters"][1]["number"] = 1

    told = mistakes_in(document)

    assert any(each.startswith("queues: prefix K stands twice, in K and L") for each in told)
    assert "services: id_renew stands twice" in told
    assert "counters: 1 stands twice" in told


def test_a_queue_that_no_counter_serves_is_told(document: Document) -> None:
    for counter in document["counters"]:
        counter["queues"] = ["K", "L"]

    assert mistakes_in(document) == ("queues.R: no counter serves it",)


def test_a_counter_with_a_queue_that_is_not_there_is_told(document: Document) -> None:
    document["counters"][2]["queues"] = ["K", "L", "R", "X"]

    assert mistakes_in(document) == ("counters.3.queues: no such queue 'X'; one of ['K', 'L', 'R']",)


def test_an_office_with_neither_hours_nor_open_always_is_told(document: Document) -> None:
    del document["hours"]

    assert mistakes_in(document) == ("hours: missing; write [[hours]] rows, or always_open = true",)


# Each of these was read without a word before, and failed later: on the glass, at noon, or in the table.


@pytest.mark.parametrize("clock", ["08:30+07:00", "08:30:15", "08:30:00.5"])
def test_hours_are_the_offices_own_and_to_the_minute(document: Document, clock: str) -> None:
    document["hours"][0]["open"] = clock

    assert mistakes_in(document)[0].startswith(f"hours[0].open = {clock!r}")


def test_an_office_that_closes_before_it_opens_is_told(document: Document) -> None:
    document["hours"][0] |= {"open": "16:30", "close": "08:30", "breaks": []}

    (told,) = mistakes_in(document)

    assert told.startswith("hours: open 16:30, close 08:30: it closes before it opens")


def test_a_lunch_outside_the_hours_is_told(document: Document) -> None:
    document["hours"][0]["breaks"] = [{"from": "13:00", "to": "12:00"}]

    assert mistakes_in(document) == ("hours: open 08:30, close 16:30: the break from 13:00 to 12:00 is not within",)


def test_a_weekday_in_two_rows_is_told_for_only_the_first_would_count(document: Document) -> None:
    document["hours"].append({"weekdays": ["fri", "sat"], "open": "17:00", "close": "20:00"})

    assert mistakes_in(document) == ("hours: fri stands in two rows; write one, with breaks",)


def test_a_folder_of_zones_is_no_zone(document: Document) -> None:
    document["office"]["timezone"] = "Asia"

    (told,) = mistakes_in(document)

    assert told.startswith("office.timezone = 'Asia'")


def test_a_prefix_that_ends_in_a_digit_is_told_for_two_numbers_could_look_the_same(document: Document) -> None:
    document["queues"][0]["prefix"] = "L1"

    (told,) = mistakes_in(document)

    assert told.startswith("queues.K.prefix = 'L1': must not end in a digit")


@pytest.mark.parametrize(
    ("part", "key"),
    [("rule", "cap"), ("rating", "expires_seconds"), ("office", "last_issue_minutes_before_close")],
)
def test_a_number_larger_than_any_table_or_clock_holds_is_told(document: Document, part: str, key: str) -> None:
    document[part][key] = 10**18

    assert mistakes_in(document)[0].startswith(f"{part}.{key} = {10**18}")


def test_a_head_start_can_never_reach_what_the_cap_gives(document: Document) -> None:
    document["rule"]["head_start_minutes"]["priority"] = 10**7

    assert mistakes_in(document)[0].startswith("rule.head_start_minutes.priority = 10000000")


def test_a_name_too_long_for_its_column_is_told(document: Document) -> None:
    document["office"]["code"] = "x" * 65
    document["queues"][0]["prefix"] = "K" * 65
    document["services"][0]["id"] = "y" * 65

    told = mistakes_in(document)

    assert [each.partition(" = ")[0] for each in told] == ["office.code", "queues[0].prefix", "services[0].id"]


def test_two_queues_may_share_a_prefix_if_their_ranges_are_apart(document: Document) -> None:
    document["queues"][0] |= {"prefix": "K", "first": 1, "last": 499}
    document["queues"][1] |= {"prefix": "K", "first": 500}

    office = read_office(document)

    assert [(queue.first, queue.last) for queue in office.queues[:2]] == [(1, 499), (500, None)]
    assert [office.queues[0].has_number(number) for number in (0, 1, 499, 500)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("one", "other"), [((1, None), (500, 999)), ((1, 500), (500, 999)), ((1, None), (1, None)), ((600, 700), (1, 999))]
)
def test_two_queues_of_one_prefix_with_a_number_in_common_are_told(
    document: Document, one: tuple[int, int | None], other: tuple[int, int | None]
) -> None:
    for queue, (first, last) in zip(document["queues"], (one, other), strict=False):
        queue |= {"prefix": "K", "first": first} | ({} if last is None else {"last": last})

    (told,) = mistakes_in(document)

    assert told.startswith("queues: prefix K stands twice, in K and L; write another prefix, or ranges apart")


def test_a_range_that_ends_before_it_begins_is_told(document: Document) -> None:
    document["queues"][1]["last"] = 500

    assert mistakes_in(document) == ("queues.L.last = 500: is less than first = 501; write for example last = 999",)


@pytest.mark.parametrize("country", ["XX", "th", "", 66, ["TH"], True])
def test_a_country_that_nobody_knows_is_told(document: Document, country: object) -> None:
    document["holidays"]["country"] = country

    assert mistakes_in(document) == (
        f"holidays.country = {country!r}: cannot be used; write for example country = 'TH'",
    )


def test_who_knows_no_countries_refuses_one_rather_than_be_short_of_days(document: Document) -> None:
    with pytest.raises(OfficeFileError, match=r"holidays\.country = 'TH'"):
        read_office_without_countries(document)


def test_days_on_which_the_office_works_are_read_and_a_mistake_in_them_is_told(document: Document) -> None:
    document["holidays"]["working"] = [{"date": "2026-08-12"}]
    assert read_office(document).holiday_on(date(2026, 8, 12)) is None

    document["holidays"]["working"] = [{"date": "12/8/2569"}]
    assert read_office(document).holiday_on(date(2026, 8, 12)) is None

    document["holidays"]["working"] = [{"date": "12/8/69"}]
    assert mistakes_in(document)[0].startswith("holidays.working[0].date = '12/8/69'")


def test_what_an_earlier_version_had_is_still_known_and_what_nobody_knows_is_named_by_its_id(
    document: Document,
) -> None:
    office = read_office(document)
    old = office.service("marriage")
    later = replace(office, retired_services={"wedding": old}, retired_queues={"Z": office.queues[0]})

    assert later.known_service("marriage") is office.service("marriage")
    assert later.known_service("wedding") is old
    assert later.known_service("passport").name == Text("passport", "passport")
    assert later.known_queue("Z") is office.queues[0]
    assert later.known_queue("Q").name == Text("Q", "Q")
