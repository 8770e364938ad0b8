"""The server's settings: the environment before the file before what is usual; every mistake told at once."""

import json
from pathlib import Path

import pytest

from hardware.interface import SlipEnd
from server.settings import EXAMPLES, ROOT, Settings, SettingsError, load_settings

OFFICES = Path(__file__).parents[2] / "config" / "offices"


def mistakes_in(**environment: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_settings({f"SADUAK_{key}": value for key, value in environment.items()})
    assert str(refused.value) == "\n".join(refused.value.mistakes)
    return refused.value.mistakes


def an_office_file(folder: Path, server: str, office: str = "pasang") -> Path:
    file = folder / "office.toml"
    file.write_text((OFFICES / f"{office}.toml").read_text(encoding="utf-8") + "\n" + server, encoding="utf-8")
    return file


def test_without_any_setting_the_demo_office_is_served_at_port_8000() -> None:
    settings = load_settings({})

    assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 8000, Path("var"))
    assert settings.database_url == "sqlite:///var/saduak.sqlite3"
    assert (settings.redis_url, settings.public_url) == (None, None)
    assert (settings.async_mode, settings.printer) == ("eventlet", "simulator")
    assert settings.document["office"]["code"] == "pasang"
    assert not settings.clock.is_simulated
    assert (settings.paper_dots, settings.slip_end) == (576, SlipEnd("auto", 0))


def test_the_environment_goes_before_the_file_and_the_file_before_what_is_usual(tmp_path: Path) -> None:
    file = an_office_file(tmp_path, '[server]\nport = 0\nhost = "0.0.0.0"\npaper = 58\ndata = "/srv/saduak"\n')

    settings = load_settings({"SADUAK_CONFIG": str(file), "SADUAK_HOST": "::1"})

    assert (settings.host, settings.port, settings.paper_dots) == ("::1", 0, 384)
    assert settings.database_url == "sqlite:////srv/saduak/saduak.sqlite3"


def test_a_printers_line_its_cut_and_its_feed_are_settings(tmp_path: Path) -> None:
    file = an_office_file(tmp_path, '[server]\npaper_dots = 512\ncut = "here"\nfeed_mm = 12\n')

    settings = load_settings({"SADUAK_CONFIG": str(file), "SADUAK_FEED_MM": "20"})

    assert (settings.paper_dots, settings.slip_end) == (512, SlipEnd("here", 20))


@pytest.mark.parametrize(
    ("environment", "base"),
    [
        ({}, None),
        ({"SADUAK_HOST": "127.0.0.1"}, None),
        ({"SADUAK_HOST": "0.0.0.0"}, None),
        ({"SADUAK_HOST": "localhost"}, None),
        ({"SADUAK_HOST": "::"}, None),
        ({"SADUAK_HOST": "192.168.1.20"}, "http://192.168.1.20:8000"),
        ({"SADUAK_HOST": "queue.lan", "SADUAK_PORT": "80"}, "http://queue.lan:80"),
        (
            {"SADUAK_HOST": "0.0.0.0", "SADUAK_PUBLIC_URL": "https://queue.example.go.th/"},
            "https://queue.example.go.th",
        ),
    ],
)
def test_phones_are_sent_to_no_address_that_is_this_machine_s_own(
    environment: dict[str, str], base: str | None
) -> None:
    assert load_settings(environment).phone_base == base


@pytest.mark.parametrize("sample", ["systemd/saduak.service", "compose/compose.yaml", "nginx/saduak.conf"])
def test_every_sample_names_the_address_that_phones_need(sample: str) -> None:
    assert "SADUAK_PUBLIC_URL" in (ROOT / "config" / sample).read_text(encoding="utf-8")


def test_a_setting_of_nothing_is_none() -> None:
    settings = load_settings({"SADUAK_PORT": "", "SADUAK_REDIS_URL": "", "SADUAK_PRINTER": ""})

    assert (settings.port, settings.redis_url, settings.printer) == (8000, None, "simulator")


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("DATABASE_URL", "postgresql+psycopg://saduak:p%40ss@db.example/saduak", "database_url"),
        ("REDIS_URL", "redis://localhost:6379/0", "redis_url"),
        ("ASYNC", "threading", "async_mode"),
        ("PRINTER", "network:192.0.2.10:9100", "printer"),
        ("PRINTER", "none", "printer"),
        ("PUBLIC_URL", "https://queue.example.go.th/", "public_url"),
    ],
)
def test_each_setting_is_read(key: str, value: str, read: str) -> None:
    settings = load_settings({f"SADUAK_{key}": value})

    assert getattr(settings, read) == value.rstrip("/")


def test_every_mistake_is_told_at_once_with_key_value_and_example() -> None:
    wrong = {"PORT": "65536", "DATABASE_URL": "mysql://localhost/saduak", "REDIS_URL": "localhost:6379",
             "ASYNC": "twisted", "PRINTER": "lpt1", "PAPER": "60", "PAPER_DOTS": "200",
             "CUT": "sideways", "FEED_MM": "-1", "PUBLIC_URL": "queue.example.go.th",
             "CLOCK": "noon", "CONFIG": "/nowhere/office.toml"}  # fmt: skip

    told = mistakes_in(**wrong)

    assert len(told) == len(wrong)
    for key, value in wrong.items():
        (mistake,) = (each for each in told if each.startswith(f"SADUAK_{key}={value!r}: "))
        assert mistake.endswith(f"; for example SADUAK_{key}={EXAMPLES[key]}")


@pytest.mark.parametrize(("key", "example"), EXAMPLES.items())
def test_every_example_is_one_that_works(key: str, example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(OFFICES.parents[1])  # Examples are paths as a person at the folder would write them.

    assert isinstance(load_settings({f"SADUAK_{key}": example}), Settings)


@pytest.mark.parametrize("port", ["-1", "65536", "80 80", "http", "8000.0", "0x50", "²", "1" * 5000])
def test_a_port_is_a_whole_number_of_sixteen_bits(port: str) -> None:
    (told,) = mistakes_in(PORT=port)

    assert told.startswith(f"SADUAK_PORT={port!r}: ")


@pytest.mark.parametrize(
    "printer",
    [
        "network",
        "network:host",
        "network:192.0.2.10:0",
        "usb:1",
        "serial:/dev/ttyUSB0:1",
        "file:",
        "cups:",
        "windows:",
        "lpt1",
    ],
)
def test_a_printer_that_is_none_is_told_before_the_server_starts(printer: str) -> None:
    (told,) = mistakes_in(PRINTER=printer)

    assert told.startswith(f"SADUAK_PRINTER={printer!r}: ")
    assert f"; for example SADUAK_PRINTER={printer.split(':')[0].replace('lpt1', 'network')}:" in told


@pytest.mark.parametrize(
    "url", ["saduak", "sqlite", "postgresql://localhost/x", "postgresql+psycopg://h:port/x", "://"]
)
def test_a_database_that_is_none_of_ours_is_told(url: str) -> None:
    (told,) = mistakes_in(DATABASE_URL=url)

    assert told.startswith(f"SADUAK_DATABASE_URL={url!r}: one of sqlite, postgresql+psycopg")


def test_an_office_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    for content in (b"[office", b"\xff\xfe", b'[office]\ncode = "a"\ncode = "b"\n'):
        file.write_bytes(content)
        (told,) = mistakes_in(CONFIG=str(file))
        assert told.startswith(f"SADUAK_CONFIG={str(file)!r}: ")
    (told,) = mistakes_in(CONFIG=str(tmp_path))
    assert "Is a directory" in told


def test_the_office_files_own_mistakes_are_told_beside_the_others(tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    file.write_text('server = "here"\n[office]\ncode = "x"\n', encoding="utf-8")

    told = mistakes_in(CONFIG=str(file), PORT="no")

    assert any(each.startswith("SADUAK_PORT='no'") for each in told)
    assert any(each.startswith("office.toml: queues = None") for each in told)
    assert any(each.startswith("office.toml: office.name = None") for each in told)


def test_a_table_of_settings_that_is_no_table_is_told(tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    file.write_text("server = 5\n" + (OFFICES / "pasang.toml").read_text(encoding="utf-8"), encoding="utf-8")

    assert mistakes_in(CONFIG=str(file)) == ["server = 5: cannot be used; write for example [server]"]


def test_simulated_time_is_for_demonstrations_only() -> None:
    demo = load_settings({"SADUAK_CLOCK": "2026-11-23T09:00+07:00x60"})
    (told,) = mistakes_in(CONFIG=str(OFFICES / "strict.toml"), CLOCK="2026-11-23T09:00+07:00x60")

    assert demo.clock.is_simulated
    assert "only an office with demo = true may have simulated time" in told
    assert not load_settings({"SADUAK_CONFIG": str(OFFICES / "strict.toml")}).clock.is_simulated


def test_the_policy_for_kiosks_opens_nothing_but_the_office_and_translates_nothing() -> None:
    policy = json.loads((ROOT / "config/chromium/saduak-kiosk.json").read_text(encoding="utf-8"))

    assert policy["URLBlocklist"] == ["*"]
    assert policy["URLAllowlist"] == ["https://queue.example.go.th"]
    assert policy["TranslateEnabled"] is False
