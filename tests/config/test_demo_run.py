"""The first half hour of the demonstration day, on a real server that is killed in the middle of it."""

import json
from pathlib import Path

import pytest

from server.demo import DemoOptions, run_demo


def test_the_day_loses_nothing_when_the_server_is_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "office"

    code = run_demo(DemoOptions(data=data, speed=300, minutes=30, kill_at=(6, 20)))

    told = capsys.readouterr()
    assert code == 0, told.out + told.err
    assert "Every acknowledged command is in the events exactly once." in told.out
    assert "saduak verify recomputed the report from the events: equal." in told.out
    assert "drawn, not observed" in told.out
    journal = [json.loads(line) for line in (data / "demo-journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert "server restarts   2" in told.out
    assert [entry["action"] for entry in journal].count(
        "ready"
    ) >= 2  # The second kill may meet a server still starting.
    assert {"open", "issue", "call", "start", "finish", "close"} <= {entry["action"] for entry in journal}


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "saduak.sqlite3").write_text("an office's own")

    assert run_demo(DemoOptions(data=tmp_path)) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["saduak.sqlite3"]
