"""Issue a ticket over HTTP, durably, from 16 clients, against the bare limit."""

import tempfile
from pathlib import Path

from tests.bench.figures import Row, median, percentile
from tests.bench.load import Load, post_from_many
from tests.bench.servers import Running, bare, saduak

ROUNDS = 5
EACH = 40
LEAST_SHARE = 0.35
MOST_P99 = 3.0


def rows() -> list[Row]:
    """Measure in turn, ours then the bare one, and return the table's rows."""
    with (
        tempfile.TemporaryDirectory() as folder,
        saduak(Path(folder) / "office") as ours,
        bare("bare_issue.py", str(Path(folder) / "bare.sqlite3")) as limit,
    ):
        _ours(ours, "warm"), _bare(limit)
        pairs = [(_ours(ours, f"round-{number}"), _bare(limit)) for number in range(ROUNDS)]
    share = median([mine.per_second / its.per_second for mine, its in pairs])
    p99 = median([percentile(mine.seconds, 0.99) / percentile(its.seconds, 0.99) for mine, its in pairs])
    rate = median([mine.per_second for mine, _ in pairs])
    return [
        Row("issue over HTTP, durable, 16 clients: share of bare", f"{share:.2f} ({rate:.0f} tickets/s)",
            f">= {LEAST_SHARE}", share >= LEAST_SHARE),
        Row("issue: p99 against bare p99", f"{p99:.2f} x", f"<= {MOST_P99:g} x", p99 <= MOST_P99),
    ]  # fmt: skip


def _ours(server: Running, name: str) -> Load:
    token = server.credentials["devices"]["kiosk"]["token"]

    def body(client: int, turn: int) -> dict[str, object]:
        return {"service": "id_renew", "language": "th", "request_id": f"{name}-{client}-{turn}"}

    return post_from_many(server.port, "/api/v1/tickets", token, body, EACH)


def _bare(server: Running) -> Load:
    def body(client: int, turn: int) -> dict[str, object]:
        return {"service": "id_renew", "language": "th", "request_id": f"bare-{client}-{turn}"}

    return post_from_many(server.port, "/", "bare", body, EACH)
