"""Fonts that are broken on purpose: Sarabun without the tables that shape Thai, or without Thai at all."""

import shutil
import struct
from pathlib import Path

from hardware.typesetting import SARABUN

ENTRY_BYTES = 16
HEADER_BYTES = 12


def sarabun_without(*tables: str, into: Path, only: str = "") -> Path:
    """Copy Sarabun into that folder, these tables out of reach in the files whose name has `only`; return the folder.

    An sfnt file begins with a directory of its tables: what is not named there is not found.
    """
    into.mkdir(parents=True, exist_ok=True)
    for file in sorted(SARABUN.glob("*.ttf")):
        font = bytearray(file.read_bytes())
        if only in file.name:
            for table in tables:
                _hide(font, table.encode("ascii"))
        (into / file.name).write_bytes(font)
    return into


def sarabun_without_thai(into: Path) -> Path:
    """Copy Sarabun into that folder with every Thai letter taken out of its map of characters; return the folder."""
    into.mkdir(parents=True, exist_ok=True)
    for file in sorted(SARABUN.glob("*.ttf")):
        font = bytearray(file.read_bytes())
        at = _directory(font)[b"cmap"]
        offset, length = struct.unpack_from(">II", font, at + 8)
        for segment in range(offset, offset + length - 1, 2):
            # Where a run of characters begins or ends with a Thai letter, it is moved to the private use area.
            (value,) = struct.unpack_from(">H", font, segment)
            if 0x0E00 <= value <= 0x0E7F:
                struct.pack_into(">H", font, segment, value + 0xE000 - 0x0E00)
        (into / file.name).write_bytes(font)
    return into


def fake_package(fonts: Path, into: Path) -> Path:
    """Make a `fontpkg_sarabun` that has these fonts; return the folder to put on PYTHONPATH."""
    package = into / "fontpkg_sarabun"
    shutil.copytree(fonts, package / "files")
    (package / "__init__.py").write_text("", encoding="utf-8")
    return into


def _hide(font: bytearray, table: bytes) -> None:
    at = _directory(font).get(table)
    if at is not None:
        font[at : at + 1] = b"x"


def _directory(font: bytearray) -> dict[bytes, int]:
    """Return where each table's entry stands."""
    (count,) = struct.unpack_from(">H", font, 4)
    entries = range(HEADER_BYTES, HEADER_BYTES + count * ENTRY_BYTES, ENTRY_BYTES)
    return {bytes(font[at : at + 4]): at for at in entries}
