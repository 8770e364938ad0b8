"""What a device can be is the same in the table, in the events and on the device page, where each has its words."""

from typing import get_args

from server.db.rows import DeviceRow
from server.domain.gaps import DEVICE_STATES, GAP_STATES
from server.services.device_shapes import DeviceStateName
from server.services.pairing import KINDS


def test_the_kinds_of_devices_are_those_of_the_table() -> None:
    (check,) = [str(each.sqltext) for each in DeviceRow.__table__.constraints if hasattr(each, "sqltext")]  # type: ignore[attr-defined]  # because every table of ours has constraints.

    assert check == f"kind in ({','.join(repr(each) for each in KINDS)})"


def test_every_state_that_an_event_can_tell_is_one_that_the_page_knows_or_ends_it() -> None:
    assert set(DEVICE_STATES) - {"paired", "revoked"} == set(get_args(DeviceStateName)) - {"never_seen"}
    assert set(GAP_STATES) < set(get_args(DeviceStateName))
