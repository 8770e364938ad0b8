"""The settings' page of the slip: its texts, and a picture of what they make of it."""

from io import BytesIO

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from hardware import slip
from hardware.interface import USUAL_DOTS
from server.domain.errors import InvalidValue, QueueError
from server.domain.office import Language, Office
from server.domain.office_file import LONGEST_DROP, LONGEST_LINE, LONGEST_SHORT_LINE, OfficeFileError, read_office
from server.public_holidays import holidays_of
from server.services.configuring import SlipTexts, change_slips, with_slips
from server.services.printable import Unprintable, refuse_undrawable
from server.services.rights import require
from server.web.askers import asker, person
from server.web.desk import desk, now
from server.web.language import language
from server.web.numerals import whole_number
from server.web.refusing import HTML, refused
from server.web.slips import preview_of

PAGE = "/settings/slip"
LONGEST = {"greeting": LONGEST_SHORT_LINE, "note": LONGEST_LINE, "footer": LONGEST_LINE,
           "qr_caption": LONGEST_SHORT_LINE}  # fmt: skip
"""The texts that an office may write itself, in the order of the slip, and how many letters each may have."""
FLAGS = ("documents", "wait")

slip_texts = Blueprint("slip_texts", __name__, template_folder="templates", url_prefix=PAGE)


@slip_texts.get("")
def page() -> BaseResponse | str:
    """Show the texts in force, or those of a form that asks for a picture first."""
    if person() is None:
        return redirect(f"/login?next={PAGE}", 303)
    require(asker("set_up"), "set_up")
    asked = request.args if "preview" in request.args else None
    return _page(_said(asked) if asked is not None else _in_force(desk().office), done="done" in request.args)


@slip_texts.post("")
def save() -> BaseResponse:
    """Put the texts in force; refused, the page says why and keeps what was written."""
    somebody = asker("set_up")
    said = _said(request.form)
    try:
        change_slips(desk().db, somebody, _texts(said), whole_number(request.form.get("version", "")) or 0,
                     desk().loop)  # fmt: skip
    except OfficeFileError as error:
        return Response(_page(said, mistakes=_fields_of(error), unprintable=isinstance(error, Unprintable)), 422,
                        content_type=HTML)  # fmt: skip
    except QueueError as refusal:
        return refused(refusal, lambda notice: _page(said, notice=notice))
    return redirect(f"{PAGE}?done=1" + ("&lang=en" if language() == "en" else ""), 303)


@slip_texts.get("/preview.png")
def preview() -> Response:
    """Draw a slip with the texts of the address. Raises InvalidValue for texts that cannot stand on a slip."""
    require(asker("set_up"), "set_up")
    paper = request.args.get("paper", "")
    width = whole_number(paper) if paper else desk().settings.paper_dots
    if width not in _papers():
        raise InvalidValue(field="paper", value=ascii(paper[:40]))
    spoken: Language = "en" if request.args.get("spoken") == "en" else "th"
    try:
        said = _said(request.args)
        office = _office_with(said)
        desk().loop.run_blocking(lambda: refuse_undrawable(with_slips({}, _texts(said))))
    except OfficeFileError as error:
        raise InvalidValue(field=", ".join(_fields_of(error)), value="") from None
    content = preview_of(office, desk().words, spoken, priority="priority" in request.args,
                         copy="copy" in request.args, at=now())  # fmt: skip
    drawn = BytesIO()
    desk().loop.run_blocking(lambda: slip.render(content, width)).save(drawn, "PNG")
    return Response(drawn.getvalue(), content_type="image/png")


def _page(said: dict[str, str], *, mistakes: tuple[str, ...] = (), unprintable: bool = False,
          notice: dict[str, str] | None = None, done: bool = False) -> str:  # fmt: skip
    return render_template(
        "administration/slip.html", said=said, longest=LONGEST, flags=FLAGS, longest_drop=LONGEST_DROP,
        version=desk().office.version, mistakes=mistakes, unprintable=unprintable, notice=notice, done=done,
        papers=_papers(), own_paper=desk().settings.paper_dots,
    )  # fmt: skip


def _papers() -> dict[int, int | None]:
    """Return the lines in dots that a picture can be had for, the printer's own among them; with the usual ones the
    paper's width in millimetres."""
    usual: dict[int, int | None] = {dots: mm for mm, dots in USUAL_DOTS.items()}
    return dict(sorted({desk().settings.paper_dots: None, **usual}.items()))


def _in_force(office: Office) -> dict[str, str]:
    """Return the form's fields as they are in force."""
    slips = office.slips
    fields = {"drop_after_minutes": str(int(slips.drop_after.total_seconds() // 60))}
    fields |= {flag: "1" for flag in FLAGS if getattr(slips, flag)}
    for key in LONGEST:
        text = getattr(slips, key)
        fields |= {f"{key}_th": text.th if text else "", f"{key}_en": text.en if text else ""}
    return fields


def _said(form: "MultiDict[str, str]") -> dict[str, str]:
    """Return the form's fields as they were sent, each no longer than anything honest."""
    known = ["drop_after_minutes", *FLAGS, *(f"{key}_{spoken}" for key in LONGEST for spoken in ("th", "en"))]
    return {name: _one_line(form[name][: 2 * LONGEST_LINE]) for name in known if name in form}


def _one_line(written: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in written).split())


def _texts(said: dict[str, str]) -> SlipTexts:
    minutes = whole_number(said.get("drop_after_minutes", ""))
    return SlipTexts(
        drop_after_minutes=0 if minutes is None else minutes,
        documents="documents" in said, wait="wait" in said,
        texts={key: (said.get(f"{key}_th", ""), said.get(f"{key}_en", "")) for key in LONGEST},
    )  # fmt: skip


def _office_with(said: dict[str, str]) -> Office:
    with desk().db.read(desk().office_id) as work:
        document = work.document()
    return read_office(with_slips(document, _texts(said)), public_holidays=holidays_of)


def _fields_of(error: OfficeFileError) -> tuple[str, ...]:
    """Return which of the form's parts the mistakes are about."""
    parts = ("drop_after_minutes", *LONGEST)
    return tuple(part for part in parts if any(f"slips.{part}" in mistake for mistake in error.mistakes)) or parts
