"""`make bench`: measures the budgets and prints the table; ends with 1 when one is not kept."""

import os
import sys

from tests.bench import history, issuing, slips, telling

PARTS = {"issuing": issuing.rows, "telling": telling.rows, "slips": slips.rows, "history": history.rows}


def main() -> int:
    """Measure the parts named on the command line, all without any, and print their rows."""
    wanted = sys.argv[1:] or list(PARTS)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ratios are of the same run")
    kept = True
    for name in wanted:
        for row in PARTS[name]():
            print(row.line(), flush=True)
            kept &= row.kept is not False
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
