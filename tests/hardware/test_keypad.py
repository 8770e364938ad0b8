"""A key pad at the counter: pressed, bouncing, pulled out, and talking nonsense."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hardware.interface import DeviceError
from hardware.keypad import KEYPAD_EXAMPLES, Key, KeyPadSettingError, WatchedPad, keypad_from
from hardware.keypad_hid import EV_KEY, EV_SYN, SYN_DROPPED
from hardware.keypad_simulator import SimulatedHidPad, SimulatedSerialPad, event

Simulated = SimulatedSerialPad | SimulatedHidPad


@pytest.fixture(params=["serial", "hid"])
def simulated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Simulated]:
    """A simulated pad of each kind."""
    pad: Simulated = SimulatedSerialPad() if request.param == "serial" else SimulatedHidPad(tmp_path / "event3")
    yield pad
    pad.unplug()


@pytest.fixture
def pad(simulated: Simulated) -> Iterator[WatchedPad]:
    """Its driver, with the pad opened: what is pressed before that does not count."""
    watched = keypad_from(simulated.setting)
    assert watched.presses(timeout=0.01) == []
    yield watched
    watched.close()


def test_each_press_is_heard_once_and_in_order(simulated: Simulated, pad: WatchedPad) -> None:
    simulated.press(Key.NEXT)
    first = pad.presses(timeout=2)
    simulated.press(Key.RECALL)
    second = pad.presses(timeout=2)
    nothing = pad.presses(timeout=0.05)

    assert (first, second, nothing) == ([Key.NEXT], [Key.RECALL], [])


def test_a_key_that_bounces_is_pressed_once(simulated: Simulated, pad: WatchedPad) -> None:
    simulated.press(Key.NEXT, times=4)
    heard = pad.presses(timeout=2) + pad.presses(timeout=0.1)
    time.sleep(0.3)
    simulated.press(Key.NEXT)

    assert heard == [Key.NEXT]
    assert pad.presses(timeout=2) == [Key.NEXT]


def test_nobody_waits_longer_than_asked(pad: WatchedPad) -> None:
    begun = time.monotonic()

    assert pad.presses(timeout=0.2) == []
    assert 0.15 < time.monotonic() - begun < 1


def test_a_pad_that_is_pulled_out_is_missed_and_found_again(tmp_path: Path) -> None:
    simulated = SimulatedHidPad(tmp_path / "event3")
    pad = keypad_from(simulated.setting)
    pad.presses(timeout=0.01)
    simulated.unplug()
    told = [refusal_of(pad), refusal_of(pad)]
    simulated.plug()
    pad.presses(timeout=0.01)
    simulated.press(Key.RECALL)

    assert [code for code, _ in told] == ["keypad_unreachable", "keypad_unreachable"]
    assert pad.presses(timeout=2) == [Key.RECALL]
    pad.close()
    simulated.unplug()


def test_a_serial_pad_that_is_pulled_out_is_missed() -> None:
    simulated = SimulatedSerialPad()
    pad = keypad_from(simulated.setting)
    pad.presses(timeout=0.01)

    simulated.unplug()

    assert refusal_of(pad)[0] == "keypad_unreachable"
    assert refusal_of(pad)[0] == "keypad_unreachable"


def test_nonsense_is_no_order(simulated: Simulated, pad: WatchedPad) -> None:
    if isinstance(simulated, SimulatedSerialPad):
        simulated.send(bytes(byte for byte in range(256) if byte not in b"Nn+Rr-"))
    else:
        numbers = random.Random(4)
        for _ in range(50):
            simulated.send(event(numbers.randrange(2, 30), numbers.randrange(700), numbers.randrange(-9, 9)))
        simulated.send(event(EV_KEY, 30, 1) + event(EV_KEY, 28, 2) + event(EV_KEY, 28, 0))
    simulated.press(Key.NEXT)

    heard = pad.presses(timeout=2)
    while more := pad.presses(timeout=0.1):
        heard += more

    assert heard == [Key.NEXT]


def test_half_an_event_waits_for_its_other_half(tmp_path: Path) -> None:
    simulated = SimulatedHidPad(tmp_path / "event3")
    pad = keypad_from(simulated.setting)
    pad.presses(timeout=0.01)
    whole = event(EV_KEY, 28, 1)

    simulated.send(whole[:10])
    half = pad.presses(timeout=0.2)
    simulated.send(whole[10:])

    assert (half, pad.presses(timeout=2)) == ([], [Key.NEXT])
    pad.close()
    simulated.unplug()


def test_a_key_held_down_is_one_press(tmp_path: Path) -> None:
    simulated = SimulatedHidPad(tmp_path / "event3")
    pad = keypad_from(simulated.setting)
    pad.presses(timeout=0.01)

    simulated.send(event(EV_KEY, 28, 1))
    pressed = pad.presses(timeout=2)
    time.sleep(0.3)
    simulated.send(event(EV_KEY, 28, 2) * 9 + event(EV_KEY, 28, 0))

    assert (pressed, pad.presses(timeout=0.2)) == ([Key.NEXT], [])
    pad.close()
    simulated.unplug()


def test_what_the_kernel_lost_is_no_order(tmp_path: Path) -> None:
    simulated = SimulatedHidPad(tmp_path / "event3")
    pad = keypad_from(simulated.setting)
    pad.presses(timeout=0.01)

    simulated.send(event(EV_KEY, 28, 1) + event(EV_SYN, SYN_DROPPED, 0) + event(EV_KEY, 74, 1))

    assert pad.presses(timeout=2) == [Key.RECALL]
    pad.close()
    simulated.unplug()


class HangingPad:
    """A pad whose read does not come back for a while."""

    def keys(self, timeout: float) -> list[Key]:
        time.sleep(1.2)
        return [Key.NEXT]

    def close(self) -> None:
        return


def test_a_pad_that_hangs_is_left_behind() -> None:
    pad = WatchedPad("serial:/dev/ttyACM0:9600", HangingPad)
    begun = time.monotonic()

    told = [refusal_of(pad, timeout=0.1)[0], refusal_of(pad, timeout=0.1)[0]]

    assert told == ["keypad_stuck", "keypad_stuck"]
    assert time.monotonic() - begun < 1


def test_every_example_is_a_setting_that_works() -> None:
    for kind, example in KEYPAD_EXAMPLES.items():
        assert keypad_from(example).device == example
        assert example.startswith(kind)


@pytest.mark.parametrize(
    "setting",
    ["", "usb:1:2", "serial", "serial:/dev/ttyACM0", "serial:/dev/ttyACM0:12", "hid", "hid:", "hid:event3", "none"],
)
def test_a_setting_that_names_no_pad_is_answered_with_an_example(setting: str) -> None:
    with pytest.raises(KeyPadSettingError) as refused:
        keypad_from(setting)

    assert f'"{setting}"' in str(refused.value)
    assert refused.value.example in KEYPAD_EXAMPLES.values()


def refusal_of(pad: WatchedPad, timeout: float = 1.0) -> tuple[str, Callable[[], None]]:
    """The code with which a pad that is not there answers."""
    with pytest.raises(DeviceError) as refused:
        pad.presses(timeout)
    return refused.value.code, pad.close
