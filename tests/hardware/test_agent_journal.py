"""The journal of an agent: what it noted stands, whatever kills it, and what it cannot note is never begun."""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hardware import agent_journal
from hardware.agent_journal import Journal, JournalInUse, JournalUnwritable, NotedSlip

ROOT = Path(__file__).parents[2]
SEED = 4
KILLS = 8

WRITER = """
import sys
from pathlib import Path
from hardware import agent_journal
from hardware.agent_journal import Journal

journal = Journal(Path(sys.argv[1]))
job = int(sys.argv[2])
sys.stdout.write("ready\\n")
sys.stdout.flush()
while True:
    job += 1
    for step in ("begin", "end", "forget"):
        journal.end(job, "printed") if step == "end" else getattr(journal, step)(job)
        sys.stdout.write(f"{job} {step}\\n")
        sys.stdout.flush()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent" / "journal.sqlite3"


def reopened(journal: Journal) -> Journal:
    """As after a new start: the lock is gone with the process."""
    journal.close()
    return Journal(journal.path)


def test_what_was_begun_when_the_agent_ended_is_unknown_after_the_next_start(path: Path) -> None:
    journal = Journal(path)
    journal.begin(7)

    assert (journal.in_hand, journal.ended) == ([7], [])
    assert reopened(journal).ended == [NotedSlip(7, "unknown", "agent_stopped")]


def test_an_end_is_kept_until_it_is_forgotten(path: Path) -> None:
    journal = Journal(path)
    journal.begin(7)
    journal.end(7, "refused", "paper_out")
    journal = reopened(journal)

    assert journal.ended == [NotedSlip(7, "refused", "paper_out")]

    journal.forget(7)

    assert reopened(journal).in_hand == []


def test_a_journal_keeps_its_name_and_another_file_has_another(path: Path, tmp_path: Path) -> None:
    journal = Journal(path)
    name = journal.id

    assert reopened(journal).id == name
    assert Journal(tmp_path / "other").id != name


def test_a_copy_of_a_journal_has_another_name(path: Path, tmp_path: Path) -> None:
    journal = Journal(path)
    journal.close()
    shutil.copytree(path.parent, tmp_path / "clone")

    assert Journal(tmp_path / "clone" / path.name).id != journal.id


def test_a_copy_on_another_machine_has_another_name(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Journal(path)
    monkeypatch.setattr(agent_journal, "_BOOT", tmp_path / "boot")
    (tmp_path / "boot").write_text("another machine's start", encoding="ascii")

    there = reopened(here)

    assert there.id != here.id
    assert len(there.id) <= 40  # What the server keeps.


def test_the_questions_of_a_journal_are_numbered_upwards_over_all_its_starts(path: Path) -> None:
    journal = Journal(path)
    turns = [journal.next_turn(), journal.next_turn()]
    journal.mend()
    turns.append(journal.next_turn())
    journal = reopened(journal)
    turns.append(journal.next_turn())

    assert turns == sorted(set(turns))


def test_a_second_agent_with_the_same_journal_is_refused(path: Path) -> None:
    journal = Journal(path)

    with pytest.raises(JournalInUse):
        Journal(path)

    journal.begin(1)
    assert reopened(journal).in_hand == [1]


@pytest.mark.parametrize("damage", ["another file", "a torn page", "emptied"])
def test_a_journal_that_cannot_be_read_is_moved_aside_and_a_new_one_begun(
    path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(path)
    name = journal.id
    journal.begin(7)
    journal.close()
    whole = path.read_bytes()
    path.write_bytes({"another file": b"not ours" * 900, "emptied": b"", "a torn page": torn(whole)}[damage])

    found = Journal(path)

    assert found.id != name
    assert found.in_hand == []
    if damage != "emptied":  # An empty file is an empty database.
        [aside] = path.parent.glob("*.unreadable-1")
        assert aside.read_bytes() != whole
        assert "journal_unreadable" in caplog.text


def torn(whole: bytes) -> bytes:
    return whole[:4096] + b"\xa5" * (len(whole) - 4096)


def test_a_file_that_cannot_be_opened_is_unwritable_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.mkdir()

    with pytest.raises(JournalUnwritable):
        Journal(path)

    assert path.is_dir()


def test_a_full_disk_is_told_and_all_is_written_when_there_is_room(path: Path) -> None:
    journal = Journal(path)
    journal.begin(1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))  # Python ignores the signal; writing fails, as it should.
    try:
        with pytest.raises(JournalUnwritable):
            journal.begin(2)
        with pytest.raises(JournalUnwritable):
            journal.end(1, "printed")
        assert journal.ended == [NotedSlip(1, "printed")]
        with pytest.raises(JournalUnwritable):
            journal.mend()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    journal.mend()

    assert reopened(journal).ended == [NotedSlip(1, "printed")]


def test_a_process_killed_at_any_moment_leaves_what_it_had_noted(path: Path) -> None:
    chance, job, name = random.Random(SEED), 0, None
    for _ in range(KILLS):
        said = killed_after(chance.uniform(0.0, 0.05), path, job)
        job, step = int(said[-1].split()[0]), said[-1].split()[1]
        journal = Journal(path)
        name = name or journal.id

        assert journal.id == name
        # The step after the last one it spoke of may have been written, too.
        assert {each.job: each.state for each in journal.ended} in {
            "begin": [{job: "unknown"}, {job: "printed"}],
            "end": [{job: "printed"}, {}],
            "forget": [{}, {job + 1: "unknown"}],
        }[step], step

        for slip in journal.ended:
            journal.forget(slip.job)
        journal.close()
        job += 1


def killed_after(seconds: float, path: Path, job: int) -> list[str]:
    """Run a writer, kill it, and return the steps that it spoke of, whole lines only."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(job)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(2)]
    time.sleep(seconds)
    writer.kill()
    lines += writer.stdout.readlines()
    writer.stdout.close()
    writer.wait()
    assert lines[0] == "ready\n"
    return [line.strip() for line in lines[1:] if line.endswith("\n")]
