"""What the day's actors share: the plan, the time, who has which number, the journal, and what went wrong."""

import threading
from collections.abc import Callable
from typing import Any

from server.demo.client import Client, Refused, Unreachable
from server.demo.journal import Journal
from server.demo.plan import Plan, Visitor
from server.demo.simulated_time import DayStopped, SimulatedTime

KNOWN_WITHIN_SECONDS = 60.0  # A ticket can be called while its kiosk still waits for a killed server's answer.


class Floor:
    """The office's floor on the simulated day."""

    def __init__(self, plan: Plan, base_url: str, time: SimulatedTime, journal: Journal, stop: threading.Event) -> None:
        self.plan = plan
        self.base_url = base_url
        self.time = time
        self.journal = journal
        self.stop = stop
        """Ends everything at once."""
        self.doors_closed = threading.Event()
        """No more numbers are given out."""
        self.counters_closing = threading.Event()
        """Officers finish the visit in hand, and call nobody else."""
        self.troubles: list[str] = []
        self._visitors: dict[str, Visitor] = {}
        self._known = threading.Condition()
        self._wakers: list[Callable[[], None]] = []

    def client(self, token: str) -> Client:
        """Return an HTTP client for this token."""
        return Client(self.base_url, token, self.stop)

    def give_number(self, ticket: dict[str, Any], visitor: Visitor) -> None:
        """This visitor holds this ticket now."""
        with self._known:
            self._visitors[str(ticket["id"])] = visitor
            self._visitors[ticket["number"]] = visitor
            self._known.notify_all()

    def holder_of(self, ticket_id_or_number: object) -> Visitor:
        """Return who holds the ticket, waiting for a kiosk without its answer yet; LookupError if nobody."""
        key = str(ticket_id_or_number)
        with self._known:
            if self._known.wait_for(lambda: key in self._visitors, KNOWN_WITHIN_SECONDS):
                return self._visitors[key]
        raise LookupError(f"ticket {key} was called, and no visitor of the day holds it")

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Have `wake` called when the doors or the counters close."""
        self._wakers.append(wake)

    def close_doors(self) -> None:
        """Everybody has come: officers may go home once their queues are empty."""
        self.doors_closed.set()
        self._wake_all()

    def close_counters(self) -> None:
        """The time is up: whoever still waits is left waiting."""
        self.doors_closed.set()
        self.counters_closing.set()
        self._wake_all()

    def end(self) -> None:
        """Stop every actor where it stands."""
        self.stop.set()
        self._wake_all()

    def begin(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Start a thread that does the work; what ends it early becomes a trouble with the actor's name."""

        def run() -> None:
            try:
                work()
            except DayStopped:
                pass
            except (Refused, Unreachable, LookupError) as error:
                if not self.stop.is_set():
                    self.troubles.append(f"{name}: {error}")
            except Exception as error:  # noqa: BLE001  (the actor's edge: nothing that ends it may go unsaid)
                self.troubles.append(f"{name}: {error!r}")

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _wake_all(self) -> None:
        for wake in self._wakers:
            wake()
