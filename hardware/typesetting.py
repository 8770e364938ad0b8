"""Warm typst compilers: a template and data in, a picture of exact dots out."""

import io
import json
from collections import deque
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_sarabun
import typst
from PIL import Image

SARABUN = Path(fontpkg_sarabun.ROOT) / "files"
DOTS_PER_INCH_OF_POINTS = 72  # At 72 per inch one typst point becomes one dot, whatever the printer's pitch.
INK_BELOW = 150  # A little above half of 255: thin Thai strokes break up before they blot.
_INK_OR_PAPER = [0] * INK_BELOW + [255] * (256 - INK_BELOW)


def typeset(template: Path, data: Mapping[str, Any], *, fonts: Path = SARABUN) -> Image.Image:
    """Return the template's only page as a picture of mode "1", one dot a point, thresholded.

    The template reads `data` as JSON from `sys.inputs.slip`, so no text can become code. Raises
    `typst.TypstError` where the template or the fonts are broken.
    """
    idle = _idle_compilers(template, fonts)
    # A compiler serves one caller at a time. deque.pop and append are atomic in real and green threads;
    # a threading.Lock is not safe between tpool's threads once eventlet has patched it.
    try:
        compiler = idle.pop()
    except IndexError:
        compiler = typst.Compiler(str(template), font_paths=_fonts_in(fonts), sys_inputs=_inputs(data))
    png = compiler.compile(format="png", ppi=DOTS_PER_INCH_OF_POINTS, sys_inputs=_inputs(data))
    idle.append(compiler)
    if not isinstance(png, bytes):
        raise ValueError(f"{template.name} makes more than one page; a slip is one")
    grey = Image.open(io.BytesIO(png)).getchannel("G")  # Black on white: one channel is the grey.
    return grey.point(_INK_OR_PAPER, mode="1")


def _inputs(data: Mapping[str, Any]) -> dict[str, str]:
    return {"slip": json.dumps(data, ensure_ascii=False)}


@cache
def _idle_compilers(template: Path, fonts: Path) -> "deque[typst.Compiler]":
    return deque(maxlen=4)  # About 1 MB each; more callers at once get a compiler that is thrown away after.


@cache
def _fonts_in(folder: Path) -> typst.Fonts:
    # Nothing but the folder: a slip must look the same on every machine, and a missing Sarabun must show.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
