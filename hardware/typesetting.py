"""Warm typst compilers: a template and data in, a picture of exact dots out."""

import importlib.util
import io
import json
from collections import deque
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

try:
    # Here and not where it is used: that is in a native thread, whose imports eventlet's locks do not guard.
    import typst
except ImportError as error:  # A server without it still starts, says so, and gives numbers on glass.
    _MISSING: ImportError | None = error
else:
    _MISSING = None


def _files_of(package: str) -> Path:
    """Return the folder of a font package's files; a folder that is not there where the package is not installed."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent / "files" if spec and spec.origin else Path(f"{package}-is-not-installed")


SARABUN = _files_of("fontpkg_sarabun")  # Looked for, not imported: without it a server still starts and says so.
DOTS_PER_INCH_OF_POINTS = 72  # At 72 per inch one typst point becomes one dot, whatever the printer's pitch.
INK_BELOW = 150  # A little above half of 255: thin Thai strokes break up before they blot.
_INK_OR_PAPER = [0] * INK_BELOW + [255] * (256 - INK_BELOW)


def typeset(template: Path, data: Mapping[str, Any], *, fonts: Path = SARABUN) -> Image.Image:
    """Return what the template's function `laid` makes of `data`: mode "1", one dot a point, thresholded.

    Of several pages the second stands below the first, and so on; the picture is as broad as the broadest.
    `data` arrives as JSON, so no text can become code. Raises `typst.TypstError` where the template or the fonts are
    broken, ImportError where typst is not installed.
    """
    idle = _idle_compilers(template, fonts)
    # A compiler serves one caller at a time. deque.pop and append are atomic in real and green threads;
    # a threading.Lock is not safe between tpool's threads once eventlet has patched it.
    try:
        compiler = idle.pop()
    except IndexError:
        compiler = _new_compiler(template, fonts)
    made = compiler.compile(input=_main_file(template, data), format="png", ppi=DOTS_PER_INCH_OF_POINTS)
    idle.append(compiler)
    return _below_one_another([_ink_on(page) for page in (made if isinstance(made, list) else [made]) if page])


def _ink_on(png: bytes) -> Image.Image:
    grey = Image.open(io.BytesIO(png)).getchannel("G")  # Black on white: one channel is the grey.
    return grey.point(_INK_OR_PAPER, mode="1")


def _below_one_another(pages: list[Image.Image]) -> Image.Image:
    if len(pages) == 1:
        return pages[0]
    whole = Image.new("1", (max(page.width for page in pages), sum(page.height for page in pages)), 255)
    top = 0
    for page in pages:
        whole.paste(page, (0, top))
        top += page.height
    return whole


def _main_file(template: Path, data: Mapping[str, Any]) -> bytes:
    r"""Return a main file that hands the data to the template.

    In `sys.inputs` they would be a part of typst's library, and every change of it makes typst forget all paragraphs
    that it has laid out: 9 ms of a slip. The JSON is ASCII, so that as a string its only escapes are \\ and \", which
    JSON and typst write alike.
    """
    literal = json.dumps(json.dumps(data, ensure_ascii=True, separators=(",", ":")))
    return f'#import "/{template.name}": laid\n#laid(json(bytes({literal})))\n'.encode("ascii")


def _new_compiler(template: Path, fonts: Path) -> "typst.Compiler":
    if _MISSING:
        raise ImportError(str(_MISSING))
    return typst.Compiler(root=str(template.parent), font_paths=_fonts_in(fonts))


@cache
def _idle_compilers(_template: Path, _fonts: Path) -> "deque[typst.Compiler]":
    return deque(maxlen=4)  # About 1 MB each; more callers at once get a compiler that is thrown away after.


@cache
def _fonts_in(folder: Path) -> "typst.Fonts":
    # Nothing but the folder: a slip must look the same on every machine, and a missing Sarabun must show.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])
