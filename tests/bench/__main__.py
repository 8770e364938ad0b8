"""`make bench`: measures the budgets and prints the table; ends with 1 when one is not kept."""

import argparse
import os
from collections.abc import Callable, Iterable
from functools import partial

from tests.bench import history, issuing, memory, slips, telling
from tests.bench.figures import Row


def main() -> int:
    """Measure the parts named on the command line, all without any, and print their rows."""
    asked = _arguments()
    parts: dict[str, Callable[[], Iterable[Row]]] = {
        "issuing": issuing.rows, "telling": telling.rows, "slips": slips.rows, "history": history.rows,
        "memory": partial(memory.rows, asked.minutes),
    }  # fmt: skip
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ratios are of the same run")
    kept = True
    for name in asked.parts or parts:
        for row in parts[name]():
            print(row.line(), flush=True)
            kept &= row.kept is not False
    return 0 if kept else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help="issuing, telling, slips, history, memory; all without any")
    parser.add_argument("--minutes", type=float, default=memory.MINUTES, help="how long memory is watched under load")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
