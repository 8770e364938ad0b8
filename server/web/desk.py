"""What every view may use, wired once in `server/app.py` and found on the application."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import Engine

from hardware.simulator import PrinterSimulator
from server.db.work import Database
from server.domain.office import Office
from server.loop import Loop
from server.services.agents import Agents
from server.services.entering import Gate
from server.services.pairing import Pairing
from server.services.readiness import Readiness
from server.settings import Settings
from server.web.drawing import Drawing
from server.web.words import Catalogue


@dataclass
class Desk:
    """The parts that views ask. `reports_engine` has no pool: it is used off the loop; `prints` tells whether the
    server has a printer of its own, `simulator` is that printer where it is a simulated one."""

    settings: Settings
    db: Database
    reports_engine: Engine
    gate: Gate
    loop: Loop
    words: Catalogue
    office_id: int
    build: str
    import_map: str
    prints: bool
    agents: Agents
    drawing: Drawing
    pairing: Pairing
    readiness: Readiness
    simulator: PrinterSimulator | None = None
    public_url: str | None = None

    @property
    def office(self) -> Office:
        """The office as it is configured now."""
        return self.db.configurations.current(self.office_id)


def desk() -> Desk:
    """Return the parts of the running application."""
    found = current_app.extensions["saduak"]
    assert isinstance(found, Desk)  # because it tells the type checker what app.py put there.
    return found


def now() -> datetime:
    """Return the time in the office's zone."""
    return desk().db.clock().astimezone(desk().office.zone)
