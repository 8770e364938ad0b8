"""A stranger's reading of the API's description: what it allows is taken, what it does not allow is refused.

Schemathesis makes requests from the description alone, right ones and wrong ones, with methods that nobody declared,
as five roles, and judges each answer. `SADUAK_SCHEMATHESIS=200` asks that many times each address, with another seed.
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import RunningOffice, running_office
from tests.web.office import tokens_of

EXAMPLES = int(os.environ.get("SADUAK_SCHEMATHESIS", "0"))
ROLES = ("administrator", "reception", "officer 1", "kiosk", "rating 1")
WHAT_NO_SCHEMA_CAN_SAY = """
[[operations]]  # A period's first day may not come after its last.
include-path-regex = "^/(reports/.*|devices/gaps)$"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 422]

[[operations]]  # An appointment is of today.
include-path = "/tickets"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 422]

[[operations]]  # A secret that nobody was given, or that has ended.
include-path = "/pairings/claim"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 410, 429]
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOffice]:
    with running_office(tmp_path_factory.mktemp("described"), clock="2026-11-23T09:00+07:00") as office:
        yield office


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_as_the_description_says(office: RunningOffice, role: str, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(WHAT_NO_SCHEMA_CAN_SAY, encoding="utf-8")
    seed = random.SystemRandom().randrange(10**6) if EXAMPLES else 20

    run = subprocess.run(
        [Path(sys.executable).with_name("schemathesis"), "run", f"{office.url}/api/v1/openapi.json",
         "--header", f"Authorization: Bearer {tokens_of(office.credentials)[role]}",
         "--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLES or 6), "--seed", str(seed), "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip

    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert " 0 generated" not in run.stdout
