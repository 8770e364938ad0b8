"""The self-test of Thai: fonts and typesetters are broken here in every way that was thought of, and it must tell."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hardware import shaping, typesetting
from hardware.shaping import ShapingFault, shaping_fault
from hardware.typesetting import SARABUN, typeset
from tests.hardware.broken_fonts import sarabun_without, sarabun_without_thai

SAMPLE = Path(shaping.__file__).with_name("shaping_sample.typ")
CELL, BASELINE = 150, 90


@pytest.fixture(autouse=True)
def _no_compiler_of_another_test() -> Iterator[None]:
    typesetting._idle_compilers.cache_clear()
    yield
    typesetting._idle_compilers.cache_clear()
    typesetting._fonts_in.cache_clear()


def told(fault: ShapingFault | None) -> tuple[str, object, object]:
    """Return code, weight and word of a fault."""
    assert fault is not None
    return fault.code, fault.facts.get("weight"), fault.facts.get("sample")


def test_thai_stands_as_it_must_with_the_font_that_comes_along() -> None:
    assert shaping_fault() is None


def test_a_folder_without_fonts_is_told(tmp_path: Path) -> None:
    fault = shaping_fault(tmp_path)

    assert told(fault) == ("thai_font_missing", 500, "ท")
    assert fault is not None
    assert fault.facts["fonts"] == str(tmp_path)


def test_a_package_of_fonts_that_is_not_installed_is_told() -> None:
    assert told(shaping_fault(typesetting._files_of("fontpkg_of_nobody")))[0] == "thai_font_missing"


def test_a_font_without_thai_letters_is_told(tmp_path: Path) -> None:
    assert told(shaping_fault(sarabun_without_thai(tmp_path))) == ("thai_letters_missing", 500, "ท")


@pytest.mark.parametrize("table", ["glyf", "head", "maxp"])
def test_a_font_file_that_cannot_be_used_is_told(tmp_path: Path, table: str) -> None:
    assert told(shaping_fault(sarabun_without(table, into=tmp_path)))[0] in {"thai_font_missing", "typesetting_failed"}


def test_a_font_file_that_was_cut_short_is_told(tmp_path: Path) -> None:
    for file in SARABUN.glob("*.ttf"):
        (tmp_path / file.name).write_bytes(file.read_bytes()[:9000])

    assert told(shaping_fault(tmp_path))[0] == "thai_font_missing"


def test_marks_that_fall_on_each_other_are_told(tmp_path: Path) -> None:
    assert told(shaping_fault(sarabun_without("GSUB", "GPOS", into=tmp_path))) == ("thai_marks_collide", 500, "ที่")


def test_a_letter_that_keeps_its_tail_above_a_vowel_is_told(tmp_path: Path) -> None:
    assert told(shaping_fault(sarabun_without("GSUB", into=tmp_path))) == ("thai_tails_collide", 500, "ญู")


def test_without_positions_alone_sarabun_still_stacks_by_its_raised_forms(tmp_path: Path) -> None:
    # What is judged is the ink, not the tables: this font has a second way, and a slip of it can be read.
    assert shaping_fault(sarabun_without("GPOS", into=tmp_path)) is None


@pytest.mark.parametrize(("file", "weight"), [("Medium.", 500), ("SemiBold.", 600), ("-Bold.", 700)])
def test_each_weight_that_a_slip_uses_is_tested(tmp_path: Path, file: str, weight: int) -> None:
    broken = sarabun_without("GSUB", "GPOS", into=tmp_path, only=file)

    assert told(shaping_fault(broken)) == ("thai_marks_collide", weight, "ที่")


def test_the_weights_tested_are_those_of_the_templates() -> None:
    folder = Path(shaping.__file__).parent
    templates = "\n".join(folder.joinpath(name).read_text("utf-8") for name in ("slip.typ", "self_test_slip.typ"))
    used = set(re.findall(r"weight: (\d{3})", templates)) | set(re.findall(r", ([1-9]00), ", templates))

    assert {int(weight) for weight in used} == set(shaping.WEIGHTS)


def test_a_typesetter_that_raises_is_told_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Raising:
        def compile(self, **_: Any) -> bytes:
            raise RuntimeError("the compiler is not itself")

    monkeypatch.setattr("hardware.typesetting._new_compiler", lambda *_: Raising())

    fault = shaping_fault()

    assert fault is not None
    assert fault.code == "typesetting_failed"
    assert fault.facts["reason"] == "RuntimeError: the compiler is not itself"


def test_a_typesetter_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.typesetting._MISSING", ImportError("no typst here"))

    fault = shaping_fault()

    assert fault is not None
    assert (fault.code, fault.facts["reason"]) == ("typesetter_missing", "no typst here")


def test_ink_that_never_rises_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def flat(_template: Path, data: dict[str, Any], **_: object) -> Image.Image:
        """Draw every word as a bar as wide as it has letters."""
        picture = Image.new("1", (len(data["words"]) * CELL, len(data["weights"]) * CELL), 255)
        for at, word in enumerate(data["words"]):
            picture.paste(0, (at * CELL, 50, at * CELL + 10 * len(word) + (word == "ท"), 90))
        return picture

    monkeypatch.setattr("hardware.shaping.typeset", flat)

    assert told(shaping_fault()) == ("thai_marks_collide", 500, "ที่")


@pytest.mark.parametrize("code", sorted(shaping._FAULTS))
def test_every_fault_says_what_is_wrong_and_how_to_mend_it(code: str) -> None:
    fault = ShapingFault(code, {})

    assert fault.wrong
    assert "`make clean setup`" in fault.mend
    assert "pip install --force-reinstall" in fault.mend


def ink_below(words: list[str], fonts: Path = SARABUN) -> list[int]:
    """Return how many dots of each word lie below the line that it stands on, in the weight of plain text."""
    data = {"words": words, "weights": [500], "size": 60, "cell": CELL, "baseline": BASELINE}
    drawn = typeset(SAMPLE, data, fonts=fonts)
    return [
        drawn.crop((at * CELL, BASELINE + 3, (at + 1) * CELL, CELL)).point(lambda light: 255 - light).histogram()[255]
        for at in range(len(words))
    ]


@pytest.mark.parametrize("letter", ["ญ", "ฐ"])
def test_a_letter_with_a_tail_loses_it_above_a_lower_vowel_only_when_it_is_shaped(tmp_path: Path, letter: str) -> None:
    words = [letter, letter + "ู", "กู"]
    bare, shaped, vowel = ink_below(words)
    _, unshaped, _ = ink_below(words, sarabun_without("GSUB", into=tmp_path))

    assert bare > 100, "it has a tail"
    assert abs(shaped - vowel) <= 0.1 * vowel, "only the vowel is left below it"
    assert unshaped > 1.5 * vowel
