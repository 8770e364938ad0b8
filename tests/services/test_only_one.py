"""One process of several speaks to the printer; when it is killed, another may at once."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.only_one import OnlyOne

HOLDER = """
import sys, time
from pathlib import Path
from server.only_one import OnlyOne
one = OnlyOne(Path(sys.argv[1]))
print(one.is_me(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline().strip() == "True"
    yield process
    process.kill()
    process.wait()


def test_only_one_process_is_the_one(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    second = OnlyOne(tmp_path / "lock")

    began = time.monotonic()
    assert not second.is_me()
    assert not second.is_me()
    assert time.monotonic() - began < 1.0  # It does not wait.


def test_a_killed_process_lets_go(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    second = OnlyOne(tmp_path / "lock")
    assert not second.is_me()

    holder.kill()  # -9
    holder.wait()

    assert second.is_me()
    assert second.is_me()
    second.let_go()
    third = OnlyOne(tmp_path / "lock")
    assert third.is_me()
    third.let_go()


def test_a_lock_that_cannot_be_read_is_nobodys_and_the_log_says_once_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "lock"
    path.write_bytes(b"no lock of ours " * 100)
    one = OnlyOne(path)

    assert [one.is_me() for _ in range(3)] == [False] * 3
    path.unlink()

    assert one.is_me()
    one.let_go()
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert told[0].startswith(f"printer_lock_unreadable path={path} ")
    assert 'mend="remove the file"' in told[0]
