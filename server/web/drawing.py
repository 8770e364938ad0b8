"""Draws slips for printers: this office's words on a picture of exact dots, and whether our Thai can be trusted."""

import logging

from PIL import Image

from hardware import slip
from hardware.self_test_slip import render_self_test
from hardware.shaping import shaping_fault
from server.db.work import Database
from server.services.slips import SlipToDraw
from server.settings import Settings
from server.web.slips import phone_address, self_test_of, slip_of
from server.web.words import Catalogue

log = logging.getLogger("saduak.printing")


class Drawing:
    """Draws this office's slips. Slow, plain blocking code: run it off the loop."""

    def __init__(self, db: Database, office_id: int, words: Catalogue, settings: Settings) -> None:
        self._db = db
        self._office_id = office_id
        self._words = words
        self._settings = settings
        self._base = settings.phone_base
        self._own = f"http://{settings.host}:{settings.port}"
        self._fault: str | None = None
        self._is_tested = False
        self._failed: dict[int, tuple[str, ...]] = {}

    def draw(self, wanted: SlipToDraw) -> Image.Image:
        """Return the slip as a picture of mode "1" and `wanted.width_dots` columns."""
        office = self._db.configurations.current(self._office_id)
        if wanted.ticket is None:
            tested = self_test_of(
                office, self._words, wanted.at, wanted.connection, wanted.width_dots, self._base or self._own
            )
            return render_self_test(tested, wanted.width_dots)
        code, spoken = str(wanted.ticket.code), wanted.ticket.language
        url = (
            phone_address(self._base, code, spoken) if self._base else ""
        )  # A QR that leads nowhere is worse than none.
        content, left_out = slip.without_what_cannot_stand(
            slip_of(wanted.ticket, office, self._words, url, wanted.copy_at)
        )
        try:
            drawn = slip.render(content, wanted.width_dots)
        except Exception:  # because whatever fails in one text, the citizen gets the rest of the slip.
            log.exception("slip_failed ticket=%s", wanted.ticket.id)
            content, failed = slip.without_what_fails(content, wanted.width_dots)
            drawn = slip.render(content, wanted.width_dots)
            left_out += failed
            self._failed[office.version] = tuple(dict.fromkeys((*self._failed.get(office.version, ()), *failed)))
        if left_out:
            log.warning("slip_texts_left_out ticket=%s texts=%s", wanted.ticket.id, ascii(left_out))
        return drawn

    def failed(self) -> tuple[str, ...]:
        """Return the texts without which slips were drawn under the configuration in force, because drawing failed."""
        return self._failed.get(self._db.configurations.current(self._office_id).version, ())

    def fault(self) -> str | None:
        """Return why Thai cannot be trusted on paper, None when it can; found out once, and said in the log."""
        if not self._is_tested:
            self._fault = self._tested()
            self._is_tested = True
        return self._fault

    def _tested(self) -> str | None:
        fault = shaping_fault()
        if fault is None:
            return None
        log.error("printing_refused code=%s wrong=%s mend=%s facts=%s", fault.code, fault.wrong, fault.mend,
                  dict(fault.facts))  # fmt: skip
        return fault.code
