"""All connections of a process share one bound of what they keep of the file: a pool has many."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.running import ROOT

MOST_MB = 28.0  # 16 MB kept, and what reading itself takes; each connection on its own would keep 16.
READ_BY_FIVE = """
import sqlite3, sys
from contextlib import ExitStack
from pathlib import Path
from server.db.engine import open_engine, sqlite_url
from tests.bench.servers import resident_mb
import os

data = Path(sys.argv[1])
with sqlite3.connect(data / "saduak.sqlite3") as made:
    made.execute("create table much (id integer primary key, text)")
    made.execute("with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000) "
                 "insert into much (text) select hex(randomblob(400)) from n")
engine = open_engine(sqlite_url(data))
with ExitStack() as stack:
    before = None
    for _ in range(5):
        connection = stack.enter_context(engine.connect())
        before = before or resident_mb(os.getpid())
        connection.exec_driver_sql("select sum(length(text)) from much").scalar()
    print(resident_mb(os.getpid()) - before)
"""


def test_five_connections_that_have_read_everything_keep_no_more_than_one_bound(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", READ_BY_FIVE, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert float(told) <= MOST_MB
