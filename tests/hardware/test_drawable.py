"""Words that cannot stand on paper are known as such, and one of them never costs a slip."""

from dataclasses import replace
from pathlib import Path

import pytest

from hardware import slip
from hardware.drawable import NO_LETTER, NOT_IN_THE_FONT, NOTHING_SEEN, why_not
from tests.hardware.slips import FULL_THAI_SLIP, a_slip

TEMPLATE = Path(slip.__file__).with_name("slip.typ")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("\u0e49", NO_LETTER),
        ("กา \u0e48", NO_LETTER),
        ("\u0e33", NO_LETTER),
        ("(\u0e31)", NO_LETTER),
        ("ยินดี ☃", NOT_IN_THE_FONT),
        ("中", NOT_IN_THE_FONT),
        ("😀", NOT_IN_THE_FONT),
        ("\u200b", NOTHING_SEEN),
        (" ", NOTHING_SEEN),
        ("", None),
        ("ที่ ผู้ น้ำ ปั๊ม กตัญญู ฤๅ ฯลฯ ๆ ๑๒", None),
        ("“Café” – 5 ฿ © e\u0301 …", None),
    ],
)
def test_words_that_no_slip_can_show_are_known_with_what_is_wrong(words: str, why: str | None) -> None:
    assert why_not(words) == why


def test_a_mark_without_its_letter_fails_no_slip_and_is_left_out() -> None:
    content = replace(FULL_THAI_SLIP, note="\u0e49", documents=("บัตร", "\u0e49"))

    assert slip.render(content, 576).height > 0
    kept, left_out = slip.without_what_cannot_stand(content)

    assert left_out == ["\u0e49", "\u0e49"]
    assert kept == replace(FULL_THAI_SLIP, note="", documents=("บัตร",))


def test_a_text_that_breaks_the_drawing_is_found_among_many(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # No text is known to do so any more; one that does breaks in typst, so typst breaks here.
    broken = tmp_path / "slip.typ"
    asserted = '  assert(not words.contains("XX"))\n  let styled(body'
    broken.write_text(TEMPLATE.read_text(encoding="utf-8").replace("  let styled(body", asserted), encoding="utf-8")
    monkeypatch.setattr(slip, "_TEMPLATE", broken)
    content = a_slip(greeting="XX", note="ดี", documents=("ก", "ข", "a XX", "ค"))

    kept, failed = slip.without_what_fails(content, 384)

    assert sorted(failed) == ["XX", "a XX"]
    assert (kept.greeting, kept.note, kept.documents, kept.number) == ("", "ดี", ("ก", "ข", "ค"), content.number)
    assert slip.render(kept, 384).height > 0
