"""Is it alive, is it ready, how is it doing: for the machine that watches the machine."""

from flask import Blueprint, Response

from server.services.printers import any_trouble
from server.web.addresses import is_this_machine
from server.web.askers import asker
from server.web.desk import desk

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """Answer while the process answers at all."""
    return Response("ok\n", content_type="text/plain")


@health.get("/readyz")
def ready() -> Response:
    """Answer 200 while the office could save a ticket, else 503 with the code of what keeps it from that."""
    why = desk().readiness.why_not()
    return Response(f"{why or 'ready'}\n", 503 if why else 200, content_type="text/plain")


@health.get("/metrics")
def metrics() -> Response:
    """Tell the figures that an operator watches, in Prometheus' text format: this machine, or who may see reports."""
    if not is_this_machine():
        asker("see_reports")
    parts = desk()
    with parts.db.read(parts.office_id) as work:
        waiting = work.legs.waiting_by_queue()
        slips, trouble = work.print_jobs.waiting(), any_trouble(work)
    lines = ["# TYPE saduak_waiting gauge"]
    lines += [f'saduak_waiting{{queue="{queue}"}} {people}' for queue, people in sorted(waiting.items())]
    lines += ["# TYPE saduak_slips_waiting gauge", f"saduak_slips_waiting {slips}"]
    lines += [
        "# TYPE saduak_printer_trouble gauge",
        f"saduak_printer_trouble {int(trouble is not None)}",
    ]
    lines += ["# TYPE saduak_yields_inside_work counter", f"saduak_yields_inside_work {parts.db.yields_seen}"]
    behind = parts.db.clock_behind.total_seconds()
    lines += ["# TYPE saduak_clock_behind_seconds gauge", f"saduak_clock_behind_seconds {behind:.3f}"]
    jumped = parts.db.time_of(parts.office_id).jumped_from is not None
    lines += ["# TYPE saduak_clock_unconfirmed gauge", f"saduak_clock_unconfirmed {int(jumped)}"]
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
