"""What stands on a slip: the office's words or the house's, in the citizen's language."""

import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hardware.self_test_slip import render_self_test
from hardware.slip import render
from server.domain.office import LANGUAGES, Language, Office, Slips, Text
from server.domain.office_file import read_office
from server.services.shapes import EstimatedWait, HoursOfWait, PrintState, Ticket, Words
from server.settings import ROOT
from server.web.slips import preview_of, self_test_of, slip_of
from server.web.words import Catalogue

WORDS = Catalogue([ROOT / "server" / "web" / "words"])
URL = "https://office.example/t/7KQ2M9XW"
NBSP = "\u00a0"


def an_office(**slips: Any) -> Office:
    """Return the demonstration office, which says this of its slips."""
    found = read_office(tomllib.loads((ROOT / "config/offices/pasang.toml").read_text(encoding="utf-8")))
    return replace(found, slips=Slips(**slips))


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-22T{clock}:00+07:00")


def a_ticket(**facts: Any) -> Ticket:
    """Return a waiting ticket of the office's first service, with these facts."""
    known: dict[str, Any] = {
        "id": "1", "number": "A014", "service": "id_renew", "service_name": Words("ก", "a"), "queue": "A",
        "ticket_class": "regular", "state": "waiting", "language": "th", "issued_at": at("09:41"), "called_at": None,
        "started_at": None, "finished_at": None, "counter": None, "calls": 0, "ahead": 5,
        "estimate": EstimatedWait(10, 25, begins_at=at("09:51"), ends_at=at("10:06")),
        "print": PrintState("queued"), "code": "7KQ2M9XW",
    }  # fmt: skip
    return Ticket(**{**known, **facts})


def test_a_slip_says_all_that_a_citizen_needs() -> None:
    slip = slip_of(a_ticket(), an_office(), WORDS, URL)

    assert (slip.office, slip.place) == ("สำนักทะเบียนอำเภอป่าซาง", "จังหวัดลำพูน")
    assert (slip.heading, slip.number) == ("งานบัตรประจำตัวประชาชน", "A014")
    assert slip.service == "ทำบัตรประชาชน (บัตรหมดอายุ)"
    assert slip.ahead == "ก่อนหน้าท่าน 5 คน"
    assert slip.wait == ("เวลารอ 10–25 นาที", "คาดว่าจะเรียกระหว่าง 09:51–10:06 น.")
    assert slip.documents_heading == "เอกสารที่ใช้"
    assert slip.documents
    assert slip.qr_url == URL
    assert slip.demo_mark
    assert (slip.priority_mark, slip.copy_mark, slip.copy_time, slip.greeting, slip.note) == ("", "", "", "", "")


def test_its_date_is_of_the_buddhist_era_and_breaks_only_before_the_time() -> None:
    thai, english = (slip_of(a_ticket(language=each), an_office(), WORDS, URL).date for each in LANGUAGES)

    assert thai.replace(NBSP, " ") == "22 พฤศจิกายน 2569 เวลา 09:41 น."
    assert thai.split(" ") == [f"22{NBSP}พฤศจิกายน{NBSP}2569", f"เวลา{NBSP}09:41{NBSP}น."]
    assert english.replace(NBSP, " ") == "22 November 2026, 09:41"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_priority_mark_does_not_say_why(language: Language) -> None:
    slip = slip_of(a_ticket(language=language, ticket_class="priority"), an_office(), WORDS, URL)

    assert slip.priority_mark == {"th": "ช่องทางพิเศษ", "en": "Priority"}[language]
    said = " ".join(str(value) for value in vars_of(slip).values())
    for why in ("สูงอายุ", "พิการ", "ครรภ์", "เจ็บ", "elder", "disab", "pregnan"):
        assert why not in said.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_says_so_in_both_languages_with_its_own_time(language: Language) -> None:
    first = slip_of(a_ticket(language=language), an_office(), WORDS, URL)

    copy = slip_of(a_ticket(language=language), an_office(), WORDS, URL, at("10:15"))

    assert copy.copy_mark == "สำเนา / COPY"
    assert "10:15" in copy.copy_time
    assert "10:15" not in copy.date
    assert replace(copy, copy_mark="", copy_time="") == first


def test_an_office_prints_its_own_words_instead_of_the_houses() -> None:
    own = an_office(
        greeting=Text("ยินดีให้บริการ", "Glad to serve you"),
        note=Text("ปิด 16.30 น.", "We close at 16:30"),
        footer=Text("ขอบคุณ", "Thank you"),
        qr_caption=Text("ดูคิว", "Your place"),
    )

    thai, english = (slip_of(a_ticket(language=each), own, WORDS, URL) for each in LANGUAGES)

    assert (thai.greeting, thai.note, thai.footer, thai.qr_caption) == (
        "ยินดีให้บริการ", "ปิด 16.30 น.", "ขอบคุณ", "ดูคิว"
    )  # fmt: skip
    assert (english.greeting, english.note, english.footer, english.qr_caption) == (
        "Glad to serve you", "We close at 16:30", "Thank you", "Your place"
    )  # fmt: skip
    house = slip_of(a_ticket(), an_office(), WORDS, URL)
    assert house.footer == WORDS.say("th", "slip.footer")
    assert house.qr_caption == WORDS.say("th", "slip.qr")


def test_an_office_may_leave_documents_and_wait_out() -> None:
    slip = slip_of(a_ticket(), an_office(documents=False, wait=False), WORDS, URL)

    assert (slip.documents_heading, slip.documents, slip.wait) == ("", (), ())
    assert slip.ahead


def test_only_what_is_still_needed_is_listed_when_somebody_looked() -> None:
    some = slip_of(a_ticket(), an_office(), WORDS, URL, documents=[Text("ทะเบียนบ้าน", "House registration")])
    none = slip_of(a_ticket(), an_office(), WORDS, URL, documents=[])

    assert (some.documents_heading, some.documents) == ("เอกสารที่ยังต้องนำมา", ("ทะเบียนบ้าน",))
    assert (none.documents_heading, none.documents) == ("", ())


def test_who_has_nobody_ahead_is_told_so_and_who_was_called_is_told_nothing_of_waiting() -> None:
    first = slip_of(a_ticket(ahead=0, estimate=EstimatedWait(0, 5)), an_office(), WORDS, URL)
    called = slip_of(a_ticket(ahead=0, state="called"), an_office(), WORDS, URL)

    assert first.ahead == "ก่อนหน้าท่าน ไม่มีผู้รอ"
    assert first.wait[0] == "เวลารอ ไม่เกิน 5 นาที"
    assert (called.ahead, called.wait) == ("", ())


def test_a_ticket_of_a_service_that_nobody_knows_any_more_still_has_a_slip() -> None:
    slip = slip_of(a_ticket(service="gone", queue="gone"), an_office(), WORDS, URL)

    assert (slip.service, slip.heading, slip.documents) == ("gone", "gone", ())
    assert render(slip, 384).height > 300


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["pasang", "strict"])
def test_the_preview_is_a_slip_of_this_office_with_what_was_asked_for(name: str, language: Language) -> None:
    document = tomllib.loads((ROOT / f"config/offices/{name}.toml").read_text(encoding="utf-8"))
    document.pop("holidays", None)
    office = read_office(document)

    plain = preview_of(office, WORDS, language, priority=False, copy=False, at=at("09:41"))
    marked = preview_of(office, WORDS, language, priority=True, copy=True, at=at("09:41"))

    assert plain.number == f"{office.queues[0].prefix}014"
    assert plain.service in {each.name.in_language(language) for each in office.services}
    assert plain.documents
    assert (plain.priority_mark, plain.copy_mark) == ("", "")
    assert marked.priority_mark
    assert marked.copy_mark
    assert "09:46" in marked.copy_time
    assert all(render(each, width).width == width for each in (plain, marked) for width in (384, 576))


def test_the_preview_of_an_office_whose_first_queue_has_no_service_is_still_a_slip() -> None:
    office = an_office()
    bare = replace(office, services=tuple(each for each in office.services if each.queue != office.queues[0].id))

    preview = preview_of(bare, WORDS, "th", priority=False, copy=False)

    assert (preview.number, preview.service) == ("A014", "-")


def test_the_self_test_slip_speaks_both_languages_and_names_printer_and_paper() -> None:
    content = self_test_of(an_office(), WORDS, at("09:41"), "network:192.168.1.50:9100", 384)

    assert content.title == ("ใบทดสอบเครื่องพิมพ์", "Printer self-test")
    assert content.office == "สำนักทะเบียนอำเภอป่าซาง"
    said = " ".join(content.facts).replace(NBSP, " ")
    for fact in ("22 พฤศจิกายน 2569 เวลา 09:41 น.", "network:192.168.1.50:9100", "384"):
        assert fact in said
    for word in ("ที่", "ผู้", "น้ำ", "ปั๊ม", "ญู", "กตัญญู", "ฐาน", "ฏี", "ฎีกา"):
        assert word in content.marks[0].split(" ")
    assert content.cutter_caption[1] == "Cutter: the paper is cut below this line"
    assert render_self_test(content, 384).width == 384


CLOSED = {"estimate": None, "issued_at": at("08:10")}
LONG = EstimatedWait(
    130, 170, hours=HoursOfWait(2, 3), perhaps_not_today=True, begins_at=at("11:30"), ends_at=at("13:00")
)


@pytest.mark.parametrize(
    ("facts", "thai", "english"),
    [
        (CLOSED, ("ยังไม่เปิดช่องบริการ",), ("No counter is open yet",)),
        (CLOSED | {"opens_at": at("08:30")}, ("เปิดช่องบริการ 08:30 น.",), ("Counters open at 08:30",)),
        (
            CLOSED | {"opens_at": at("08:30") + timedelta(days=1)},
            ("เปิดช่องบริการ 23 พฤศจิกายน 2569 08:30 น.",),
            ("Counters open 23 November 2026, 08:30",),
        ),
        ({"estimate": EstimatedWait(0, 5, now=True)}, ("ถึงคิวทันที มีช่องว่าง",), ("Now: a counter is free",)),
        (
            {"estimate": LONG},
            (
                "เวลารอ ประมาณ 2–3 ชั่วโมง วันนี้อาจไม่ถึงคิว",
                "วันนี้อาจไม่ถึงคิวก่อนปิดทำการ โปรดสอบถามที่จุดแรกรับ",
            ),
            (
                "Wait: about 2–3 hours, perhaps not today",
                "It may not be your turn before we close. Please ask at reception.",
            ),
        ),
    ],
)
def test_a_slip_says_when_nothing_can_be_promised_or_how_long_it_may_take(
    facts: dict[str, Any], thai: tuple[str, ...], english: tuple[str, ...]
) -> None:
    spoken = [slip_of(a_ticket(language=language, **facts), an_office(), WORDS, URL).wait for language in LANGUAGES]

    assert spoken == [thai, english]


def vars_of(slip: Any) -> dict[str, Any]:
    return {name: getattr(slip, name) for name in slip.__slots__}
