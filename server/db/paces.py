"""What each queue remembers between calls. Read at every ticket, changed at every call, so it is kept in memory too."""

import json
import secrets
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from server.db.prepared import Prepared
from server.db.rows import PaceRow
from server.domain.pace import Pace

Kept = dict[tuple[int, str], tuple[int, Pace]]

_HERE = (PaceRow.office_id == bindparam("office"), PaceRow.queue == bindparam("of_queue"))
_MARK = Prepared(select(PaceRow.mark).where(*_HERE))
_WHOLE = select(PaceRow.mark, PaceRow.recent, PaceRow.bands).where(*_HERE)
_SAVE = Prepared(update(PaceRow).where(*_HERE).values(mark=bindparam("new_mark"), recent=bindparam("new_recent")))
_SAVE_BANDS = Prepared(update(PaceRow).where(*_HERE).values(bands=bindparam("new_bands")))
_MARK_BITS = 52


class Paces:
    """The paces of one office, inside a transaction.

    `kept` is shared by all transactions of a process. Each saved pace has a mark that no other one has, so what was
    kept of a transaction that came to nothing is never taken for what is stored.
    """

    def __init__(self, connection: Connection, office_id: int, kept: Kept) -> None:
        self._connection = connection
        self._office = office_id
        self._kept = kept

    def of(self, queue: str, day: date) -> Pace:
        """Return the queue's pace as it stands on that business day."""
        row = _MARK.row(self._connection, self._where(queue))
        if row is None:
            return Pace().on(day)
        kept = self._kept.get((self._office, queue))
        if kept is None or kept[0] != row[0]:
            kept = self._kept[self._office, queue] = self._read(queue)
        return kept[1].on(day)

    def save(self, queue: str, pace: Pace, before: Pace) -> None:
        """Save the queue's pace; `before` is what `of` gave, and tells what has changed."""
        mark = secrets.randbits(_MARK_BITS)
        document = pace.to_document()
        bands, recent = _written(document.pop("bands")), _written(document)
        if self._exists(queue):
            _SAVE.run(self._connection, self._where(queue) | {"new_mark": mark, "new_recent": recent})
            if pace.bands != before.bands:
                _SAVE_BANDS.run(self._connection, self._where(queue) | {"new_bands": bands})
        else:
            row = {"office_id": self._office, "queue": queue, "mark": mark, "recent": recent, "bands": bands}
            self._connection.execute(insert(PaceRow), row)
        self._kept[self._office, queue] = (mark, pace)

    def _exists(self, queue: str) -> bool:
        return _MARK.row(self._connection, self._where(queue)) is not None

    def _read(self, queue: str) -> tuple[int, Pace]:
        row = self._connection.execute(_WHOLE, self._where(queue)).one()
        return row.mark, Pace.from_document(json.loads(row.recent) | {"bands": json.loads(row.bands)})

    def _where(self, queue: str) -> dict[str, Any]:
        return {"office": self._office, "of_queue": queue}


def _written(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))
