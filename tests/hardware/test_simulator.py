"""The simulated printer, asked over a bare socket: it must behave as badly as a real one."""

import socket
from pathlib import Path

import pytest
from PIL import Image

from hardware.escpos_encoder import slip_bytes
from hardware.simulator import SLIPS_KEPT, PrinterSimulator, SimulatorState
from tests.hardware.slips import a_picture


def a_connection_to(simulator: PrinterSimulator) -> socket.socket:
    return socket.create_connection(simulator.address, timeout=1)


def asked(connection: socket.socket, question: bytes) -> int:
    connection.sendall(question)
    return connection.recv(1)[0]


def test_status_answers_carry_the_bits_of_the_manual(simulator: PrinterSimulator) -> None:
    with a_connection_to(simulator) as connection:
        answers = {"good": [asked(connection, bytes([0x10, 4, n])) for n in (1, 2, 3, 4)]}
        simulator.paper_out()
        simulator.open_cover()
        answers["bad"] = [asked(connection, bytes([0x10, 4, n])) for n in (1, 2, 4)]
        simulator.behave()
        simulator.jam_cutter()
        answers["jammed"] = [asked(connection, bytes([0x10, 4, n])) for n in (1, 2, 3)]
        simulator.behave()
        simulator.overheat()
        answers["hot"] = [asked(connection, bytes([0x10, 4, n])) for n in (1, 2, 3)]

    assert answers["good"] == [0x12, 0x12, 0x12, 0x12]
    assert answers["jammed"] == [0x1A, 0x52, 0x12 | 0x08]
    assert answers["hot"] == [0x1A, 0x52, 0x12 | 0x40]
    assert answers["bad"] == [0x12 | 0x08, 0x12 | 0x04 | 0x20, 0x12 | 0x0C | 0x60]


def test_what_arrives_without_paper_is_kept_and_printed_in_order_after_the_refill(
    simulator: PrinterSimulator,
) -> None:
    simulator.paper_out()
    with a_connection_to(simulator) as connection:
        connection.sendall(slip_bytes(a_picture(height=60), 384) + slip_bytes(a_picture(height=70), 384))
        kept_back = not simulator.wait_for_slips(1, timeout=0.15)

        simulator.refill()

        assert simulator.wait_for_slips(2)
    assert kept_back
    assert [slip.image.height for slip in simulator.slips] == [60, 70]


def test_what_was_kept_is_printed_even_when_the_sender_has_hung_up(simulator: PrinterSimulator) -> None:
    simulator.open_cover()
    with a_connection_to(simulator) as connection:
        connection.sendall(slip_bytes(a_picture(), 384) + b"\x10\x04\x01")
        connection.recv(1)
    kept_back = not simulator.wait_for_slips(1, timeout=0.15)

    simulator.close_cover()

    assert kept_back
    assert simulator.wait_for_slips(1)


def test_the_ordered_answer_waits_for_the_paper_and_the_real_time_answer_does_not(
    simulator: PrinterSimulator,
) -> None:
    simulator.paper_out()
    with a_connection_to(simulator) as connection:
        connection.sendall(slip_bytes(a_picture(), 384) + b"\x1dr\x01" + b"\x10\x04\x04")
        at_once = connection.recv(8)
        simulator.refill()
        in_order = connection.recv(8)

    assert (at_once, in_order) == (b"\x7e", b"\x00")


def test_a_power_cut_forgets_what_was_kept_and_refuses_connections(simulator: PrinterSimulator) -> None:
    simulator.paper_out()
    with a_connection_to(simulator) as connection:
        connection.sendall(slip_bytes(a_picture(), 384) + b"\x10\x04\x01")
        connection.recv(1)
        simulator.power_off()
    with pytest.raises(ConnectionRefusedError):
        a_connection_to(simulator)

    simulator.refill()
    simulator.power_on()

    assert not simulator.wait_for_slips(1, timeout=0.15)
    a_connection_to(simulator).close()


def test_half_a_slip_is_torn_off_and_does_not_spoil_the_next(simulator: PrinterSimulator) -> None:
    whole = slip_bytes(a_picture(), 384)
    with a_connection_to(simulator) as connection:
        connection.sendall(whole[:-4])  # All but the cut.
    with a_connection_to(simulator) as connection:
        connection.sendall(whole)
        assert simulator.wait_for_slips(2)

    assert [slip.is_whole for slip in simulator.slips] == [False, True]
    assert simulator.slips[1].image.tobytes() == a_picture().tobytes()


def test_strange_bytes_end_the_connection_and_are_remembered() -> None:
    simulator = PrinterSimulator(384)
    simulator.start()

    with a_connection_to(simulator) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        ended = connection.recv(10)
    simulator.stop()

    assert ended == b""
    assert simulator.errors == ["byte 0: no command begins with 47 45"]


def test_slips_are_saved_as_pictures_and_only_the_last_are_kept(tmp_path: Path) -> None:
    simulator = PrinterSimulator(384, folder=tmp_path / "slips")
    simulator.start()
    small = slip_bytes(a_picture(height=16), 384)

    with a_connection_to(simulator) as connection:
        connection.sendall(small * (SLIPS_KEPT + 3) + b"\x1dr\x01")
        connection.recv(1)
    simulator.stop()

    saved = sorted(path.name for path in (tmp_path / "slips").iterdir())
    assert len(simulator.slips) == len(saved) == SLIPS_KEPT
    assert saved[0] == "slip-000004.png"
    assert Image.open(tmp_path / "slips" / saved[-1]).size == (384, 16)


def test_slips_of_an_earlier_run_stay_where_counting_goes_on(tmp_path: Path) -> None:
    def a_run(*, counts_on: bool) -> Path | None:
        simulator = PrinterSimulator(384, folder=tmp_path, counts_on=counts_on)
        simulator.start()
        with a_connection_to(simulator) as connection:
            connection.sendall(slip_bytes(a_picture(), 384) * 2)
            assert simulator.wait_for_slips(2)
        simulator.stop()
        assert simulator.state().slips == 2
        return simulator.state().last_picture

    (tmp_path / "slip-odd.png").write_bytes(b"")
    last = [a_run(counts_on=counts_on) for counts_on in (True, True, False)]

    assert last == [tmp_path / f"slip-00000{number}.png" for number in (2, 4, 2)]
    assert len(list(tmp_path.glob("slip-0*.png"))) == 4


def test_the_state_is_a_picture_for_a_page(simulator: PrinterSimulator) -> None:
    before = simulator.state()
    simulator.fail("paper_out")
    with a_connection_to(simulator) as connection:
        connection.sendall(slip_bytes(a_picture(), 384) + b"\x10\x04\x01")
        connection.recv(1)
        meanwhile = simulator.state()
        simulator.behave()
        assert simulator.wait_for_slips(1)

    assert before == SimulatorState(faults=(), slips=0, waiting=0, last_picture=None)
    assert (meanwhile.faults, meanwhile.slips, meanwhile.waiting > 0) == (("paper_out",), 0, True)
    assert simulator.state().slips == 1


def test_a_stalled_printer_takes_a_connection_and_not_one_byte(simulator: PrinterSimulator) -> None:
    simulator.stall()
    with a_connection_to(simulator) as connection:
        connection.sendall(b"\x10\x04\x01")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        simulator.behave()
        connection.settimeout(1)

        assert connection.recv(1) == b"\x12"


def test_a_fault_that_is_none_is_refused(simulator: PrinterSimulator) -> None:
    with pytest.raises(KeyError):
        simulator.fail("gremlins")


def test_stopping_frees_the_port_and_may_be_done_twice() -> None:
    simulator = PrinterSimulator(384)
    simulator.start()
    simulator.stop()
    simulator.stop()

    again = PrinterSimulator(384, port=simulator.port)
    again.start()
    again.stop()

    assert again.address == simulator.address
