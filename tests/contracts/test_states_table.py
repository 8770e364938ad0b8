"""What server/domain/README.md says of every command in every state is what a real office does."""

from pathlib import Path
from typing import get_args

import pytest

from server.services.commands import OF_COUNTER, OF_TICKET
from server.services.shapes import TicketState
from tests.contracts.states import AT_COUNTER, BEGIN, END, MOVES, PAGE, SLIPS, WAYS, Asked, in_page, tables
from tests.services.office import Founder


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Asked]:
    founder = Founder(tmp_path_factory.mktemp("states"), None)
    asked = Asked(founder)
    made = tables(asked)
    founder.end()
    return made, asked


def test_the_page_says_what_an_office_does_just_now(fresh: tuple[str, Asked]) -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page.count(BEGIN) == page.count(END) == 1
    assert in_page(page) == fresh[0], "renew it: python -m tests.contracts.states"


def test_a_refused_command_changed_nothing(fresh: tuple[str, Asked]) -> None:
    assert fresh[1].changed_by_refusals == []


def test_the_tables_have_every_state_and_every_command() -> None:
    assert tuple(WAYS) == get_args(TicketState)
    assert {*AT_COUNTER, *MOVES, *SLIPS} == set(OF_TICKET)
    assert in_page(PAGE.read_text(encoding="utf-8")).splitlines()[-7].split(" | ")[1:] == [
        *list(OF_COUNTER)[:-1], f"{list(OF_COUNTER)[-1]} |"
    ]  # fmt: skip


def test_every_wrong_state_of_a_step_at_the_counter_is_refused_with_its_own_code(fresh: tuple[str, Asked]) -> None:
    rows = {cells[0]: cells[1:] for cells in cells_of(fresh[0].split("\n\n")[1])}
    columns = dict(zip(rows.pop("ticket is"), range(20), strict=False))
    del rows["---"]

    for command in AT_COUNTER:
        for state, cells in rows.items():
            said = cells[columns[command]]
            assert said.startswith("→") or said == f"`ticket_{state}`", (command, state, said)


def cells_of(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_the_page_has_a_sentence_for_every_file() -> None:
    page = PAGE.read_text(encoding="utf-8")
    files = [path.name for path in Path(PAGE.parent).glob("*.py") if path.name != "__init__.py"]

    assert [name for name in files if f"`{name}`" not in page] == []
