"""Every page in every state a person can meet it in, opened at its real size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Route, expect

from tests.browser.morning import Morning
from tests.browser.navigators import (
    Counter,
    Display,
    Kiosk,
    NewMachine,
    Phone,
    RatingTablet,
    Reception,
    Reports,
    Screen,
    Settings,
    SettingsOnATablet,
    SmallCounter,
    UprightDisplay,
)
from tests.browser.room import Room


@dataclass(frozen=True)
class Scene:
    """The office after its morning, and who speaks which language before this page."""

    room: Room
    morning: Morning
    language: str

    def path(self, path: str) -> str:
        return f"{path}{'&' if '?' in path else '?'}lang={self.language}"


S = TypeVar("S", bound=Screen)
Open = Callable[[Scene], Screen]
PAGES: dict[str, Open] = {}


def page(opener: Open) -> Open:
    PAGES[opener.__name__.replace("_", "-")] = opener
    return opener


@page
def index_of_a_stranger(scene: Scene) -> Screen:
    return _opened(scene, Reports, "/")


@page
def index_of_a_device(scene: Scene) -> Screen:
    return _opened(scene, Reports, "/", is_device=True)


@page
def login(scene: Scene) -> Screen:
    return _opened(scene, Reports, "/login")


@page
def login_refused(scene: Scene) -> Screen:
    screen = login(scene)
    screen.logs_in({"user": "nobody", "password": "guessed"})
    expect(screen.page.get_by_role("alert").last).to_be_visible()
    return screen


@page
def no_such_page(scene: Scene) -> Screen:
    return _opened(scene, Reports, "/nothing/here")


LONGEST_WAIT = {
    "low_min": 645, "high_min": 700, "hours": {"low": 10, "high": 12}, "now": False, "perhaps_not_today": True,
}  # fmt: skip


@page
def kiosk(scene: Scene) -> Screen:
    return _live(scene, Kiosk, "/kiosk")


@page
def kiosk_with_priority(scene: Scene) -> Screen:
    screen = _live(scene, Kiosk, "/kiosk")
    screen.says_priority()
    return screen


@page
def kiosk_with_buttons_moved_down(scene: Scene) -> Screen:
    screen = _live(scene, Kiosk, "/kiosk")
    screen.page.locator("label.tool").click()
    return screen


@page
def kiosk_refusing(scene: Scene) -> Screen:
    screen = _live(scene, Kiosk, "/kiosk")
    request_id = screen.page.locator("[name=request_id]").get_attribute("value")
    scene.room.issue("birth", request_id=request_id, language=scene.language)
    screen.page.locator("button[value='death']").click()
    expect(screen.page.locator(".notice")).to_be_visible()
    return screen


@page
def kiosk_with_services_shut(scene: Scene) -> Screen:
    screen = _live(scene, Kiosk, "/kiosk")
    screen.page.evaluate("document.querySelectorAll('.service').forEach((it, at) => { it.disabled = at % 2 === 0; })")
    return screen


@page
def kiosk_about_to_return(scene: Scene) -> Screen:
    # A timezone only so that this tab is nobody else's: a clock once installed stays.
    screen = scene.room.screen(Kiosk, is_device=True, timezone_id="Asia/Bangkok")
    screen.page.clock.install()
    screen.opens(scene.path("/kiosk"))
    screen.is_connected()
    screen.says_priority()
    screen.page.clock.fast_forward(35_000)
    expect(screen.page.locator("#countdown")).to_be_visible()
    return screen


@page
def kiosk_without_server(scene: Scene) -> Screen:
    return _without_server(_live(scene, Kiosk, "/kiosk"))


@page
def kiosk_ticket(scene: Scene) -> Screen:
    return _ticket(scene, str(scene.morning.issued[-1]["id"]), "printed")


@page
def kiosk_ticket_without_paper(scene: Scene) -> Screen:
    return _ticket(scene, _with_longest_documents(scene), "queued", "paper_out")


@page
def kiosk_ticket_that_may_have_come(scene: Scene) -> Screen:
    screen = _ticket(scene, _with_longest_documents(scene), "unknown")
    screen.page.locator(".ticket-number").evaluate(
        "it => { it.textContent = 'A1014'; it.classList.add('number-long'); }"
    )
    return screen


@page
def kiosk_ticket_without_a_printer(scene: Scene) -> Screen:
    return _live(scene, Kiosk, f"/kiosk/tickets/{_with_longest_documents(scene)}")


@page
def kiosk_out_of_paper(scene: Scene) -> Screen:
    return _out_of_paper(scene)


@page
def kiosk_out_of_paper_with_buttons_moved_down(scene: Scene) -> Screen:
    screen = _out_of_paper(scene)
    screen.page.locator("label.tool").click()
    return screen


@page
def kiosk_out_of_paper_with_services_shut(scene: Scene) -> Screen:
    screen = _out_of_paper(scene)
    screen.page.evaluate("document.querySelectorAll('.service').forEach((it, at) => { it.disabled = at % 2 === 0; })")
    return screen


@page
def display(scene: Scene) -> Screen:
    return _live(scene, Display, "/display")


@page
def display_of_an_empty_room(scene: Scene) -> Screen:
    return _display_of(scene, lambda state: state | {"calls": [], "missed": []})


@page
def display_of_a_call(scene: Scene) -> Screen:
    return _display_of(scene, _called_just_now)


@page
def display_of_a_full_day(scene: Scene) -> Screen:
    return _display_of(scene, _full)


@page
def display_upright_of_a_call(scene: Scene) -> Screen:
    return _display_of(scene, lambda state: _called_just_now(_full(state)), UprightDisplay)


@page
def display_upright_of_a_full_day(scene: Scene) -> Screen:
    return _display_of(scene, _full, UprightDisplay)


@page
def display_upright_of_an_empty_room(scene: Scene) -> Screen:
    return _display_of(scene, lambda state: state | {"calls": [], "missed": []}, UprightDisplay)


def _called_just_now(state: dict[str, Any]) -> dict[str, Any]:
    newest, *others = state["calls"]
    return state | {"calls": [newest | {"state": "called", "age_s": 5.0}, *others]}


def _full(state: dict[str, Any]) -> dict[str, Any]:
    calls = [call | {"number": f"A{1000 + at}", "age_s": 500.0} for at, call in enumerate(state["calls"])]
    queues = [queue | {"waiting": 188, "open_counters": 1, "estimate": LONGEST_WAIT} for queue in state["queues"]]
    missed = [{"number": f"F{1000 + at}", "counter": 6, "at": state["at"]} for at in range(6)]
    return state | {"calls": calls, "queues": queues, "missed": missed}


def _early(state: dict[str, Any]) -> dict[str, Any]:
    shut = {"open_counters": 0, "estimate": None, "opens_at": "2026-11-24T08:30:00+07:00"}
    return state | {"queues": [queue | shut for queue in state["queues"]]}


def _early_and_empty(state: dict[str, Any]) -> dict[str, Any]:
    return _early(state) | {"calls": [], "missed": []}


@page
def display_before_the_counters_open(scene: Scene) -> Screen:
    return _display_of(scene, _early)


@page
def display_of_an_empty_room_before_the_counters_open(scene: Scene) -> Screen:
    return _display_of(scene, _early_and_empty)


@page
def display_upright_before_the_counters_open(scene: Scene) -> Screen:
    return _display_of(scene, _early, UprightDisplay)


@page
def display_upright_of_an_empty_room_before_the_counters_open(scene: Scene) -> Screen:
    return _display_of(scene, _early_and_empty, UprightDisplay)


@page
def display_upright_without_server(scene: Scene) -> Screen:
    return _without_server(_display_of(scene, _full, UprightDisplay))


@page
def display_without_server(scene: Scene) -> Screen:
    return _without_server(_live(scene, Display, "/display"))


@page
def counter_with_a_call(scene: Scene) -> Screen:
    return _counter(scene, 2, "called")


@page
def counter_serving(scene: Scene) -> Screen:
    return _counter(scene, 1, "serving")


@page
def counter_free(scene: Scene) -> Screen:
    return _counter(scene, 3, "free")


@page
def counter_on_a_small_screen(scene: Scene) -> Screen:
    return _counter(scene, 2, "called", SmallCounter)


@page
def counter_serving_on_a_small_screen(scene: Scene) -> Screen:
    return _counter(scene, 1, "serving", SmallCounter)


@page
def counter_with_all_lists(scene: Scene) -> Screen:
    return _counter(scene, 1, "free", change=_with_all_lists)


@page
def counter_with_all_lists_on_a_small_screen(scene: Scene) -> Screen:
    return _counter(scene, 1, "free", SmallCounter, change=_with_all_lists)


@page
def counter_with_all_lists_and_the_longest_trouble_on_a_small_screen(scene: Scene) -> Screen:
    trouble = {"printer": {"state": "attention", "detail": "typesetter_missing", "waiting": 3}}
    return _counter(scene, 1, "free", SmallCounter, change=lambda state: _with_all_lists(state) | trouble)


@page
def counter_busy_with_all_lists(scene: Scene) -> Screen:
    return _counter(scene, 1, "serving", change=lambda state: _with_all_lists(state) | {"ticket": state["ticket"]})


@page
def counter_on_a_break(scene: Scene) -> Screen:
    return _counter(scene, 3, "break", change=_on_a_break)


@page
def counter_on_a_break_on_a_small_screen(scene: Scene) -> Screen:
    return _counter(scene, 3, "break", SmallCounter, change=_on_a_break)


@page
def counter_choosing_where_to_transfer(scene: Scene) -> Screen:
    return _choosing(scene, 1, "serving", "transfer")


@page
def counter_choosing_a_service_to_add(scene: Scene) -> Screen:
    return _choosing(scene, 1, "serving", "add-service")


@page
def counter_choosing_why_to_cancel(scene: Scene) -> Screen:
    return _choosing(scene, 1, "serving", "cancel")


@page
def counter_choosing_why_to_break(scene: Scene) -> Screen:
    return _choosing(scene, 3, "free", "break")


@page
def counter_choosing_for_a_walk_up(scene: Scene) -> Screen:
    return _choosing(scene, 3, "free", "walk-up")


@page
def counter_choosing_whom_to_call_first(scene: Scene) -> Screen:
    screen = _counter(scene, 1, "free", SmallCounter, change=_with_all_lists)
    screen.page.locator(".call-this:visible").first.click()
    screen.chooser("call")
    return screen


@page
def counter_asking_whether_nobody_came(scene: Scene) -> Screen:
    return _asking(_counter(scene, 2, "called", SmallCounter), "no-show")


@page
def counter_asking_whether_the_same_service_is_meant(scene: Scene) -> Screen:
    return _asking(_counter(scene, 1, "serving", SmallCounter), "again")


@page
def counter_asking_before_log_out(scene: Scene) -> Screen:
    return _asking(_counter(scene, 1, "serving", SmallCounter), "log-out")


@page
def counter_without_server(scene: Scene) -> Screen:
    return _without_server(_counter(scene, 1, "serving"))


@page
def counter_without_server_on_a_small_screen(scene: Scene) -> Screen:
    return _without_server(_counter(scene, 3, "free", SmallCounter))


@page
def counter_closed(scene: Scene) -> Screen:
    return _counter(scene, 6, "closed")


@page
def counter_refused_and_out_of_paper(scene: Scene) -> Screen:
    screen = _counter(scene, 2, "called")
    screen.page.evaluate(
        """() => {
          document.querySelector("#printer").hidden = false;
          document.querySelector("#refusal").hidden = false;
          const words = document.querySelector("#desk").dataset;
          document.querySelector("#refusal-title").textContent = words.unreachable;
          document.querySelector("#refusal-detail").textContent = words.unreachableDetail;
        }"""
    )
    return screen


@page
def reception(scene: Scene) -> Screen:
    return _reception(scene, "reception")


@page
def reception_for_a_manager(scene: Scene) -> Screen:
    return _reception(scene, "manager")


@page
def reception_refusing_a_number(scene: Scene) -> Screen:
    screen = _reception(scene, "reception")
    screen.prints_by_number("Z9")
    expect(screen.page.locator(".by-number .notice")).to_be_visible()
    return screen


@page
def rating_asleep(scene: Scene) -> Screen:
    return _tablet(scene, "asleep")


@page
def rating_awake(scene: Scene) -> Screen:
    return _tablet(scene, "awake")


@page
def rating_thanking(scene: Scene) -> Screen:
    return _tablet(scene, "thanks")


@page
def rating_too_late(scene: Scene) -> Screen:
    return _tablet(scene, "refused")


@page
def reports(scene: Scene) -> Screen:
    return _reports(scene, "/reports")


@page
def reports_choosing_a_day(scene: Scene) -> Screen:
    screen = _reports(scene, "/reports")
    screen.opens_the_calendar("to")
    return screen


@page
def reports_of_a_day_without_tickets(scene: Scene) -> Screen:
    return _reports(scene, "/reports?from=2026-11-01&to=2026-11-02&by=hour")


@page
def reports_of_fairness(scene: Scene) -> Screen:
    return _reports(scene, "/reports/fairness")


@page
def reports_of_fairness_refused(scene: Scene) -> Screen:
    return _reports(scene, "/reports/fairness?from=2026-11-24&to=2026-11-23")


@page
def reports_definitions(scene: Scene) -> Screen:
    return _reports(scene, "/reports/definitions")


@page
def reports_of_staffing(scene: Scene) -> Screen:
    return _reports(scene, "/reports/staffing")


@page
def reports_of_staffing_of_a_day_when_nobody_was_there(scene: Scene) -> Screen:
    return _reports(scene, "/reports/staffing?from=2026-11-01&to=2026-11-02")


@page
def settings(scene: Scene) -> Screen:
    return _settings(scene, Settings, "/settings")


@page
def settings_devices(scene: Scene) -> Screen:
    return _settings(scene, Settings, "/settings/devices")


@page
def settings_devices_on_a_tablet(scene: Scene) -> Screen:
    screen = _settings(scene, SettingsOnATablet, "/settings/devices")
    screen.page.locator(".card summary").first.click()
    return screen


@page
def settings_devices_refused(scene: Scene) -> Screen:
    screen = _settings(scene, Settings, "/settings/devices")
    screen.types_the_code("333444", kind="rating", counter=2)
    expect(screen.page.locator(".notice")).to_be_visible()
    return screen


@page
def settings_devices_really_pair(scene: Scene) -> Screen:
    code = scene.room.new_machine().code
    screen = _settings(scene, SettingsOnATablet, "/settings/devices")
    screen.types_the_code(code, kind="rating", counter=2, name="ช่อง 2 ด้านซ้ายมือ ติดหน้าต่าง")
    screen.is_asked_about("ติดหน้าต่าง")
    return screen


@page
def settings_devices_for_a_manager(scene: Scene) -> Screen:
    return _settings(scene, Settings, "/settings/devices", "manager")


@page
def settings_really_revoke(scene: Scene) -> Screen:
    return _settings(scene, Settings, "/settings/devices/1/revoke")


@page
def pair(scene: Scene) -> Screen:
    screen = _opened(scene, NewMachine, "/pair")
    assert screen.code
    return screen


@page
def phone_waiting(scene: Scene) -> Screen:
    return _opened(scene, Phone, f"/t/{scene.morning.issued[-1]['code']}")


@page
def phone_called(scene: Scene) -> Screen:
    return _phone_of(scene, scene.morning.in_hand[2])


@page
def phone_finished(scene: Scene) -> Screen:
    return _opened(scene, Phone, f"/t/{scene.morning.issued[0]['code']}")


@page
def phone_rating(scene: Scene) -> Screen:
    screen = _phone_of(scene, scene.morning.unrated[-1])
    expect(screen.page.locator(".phone-score")).to_have_count(5)
    return screen


@page
def phone_giving_up(scene: Scene) -> Screen:
    screen = _opened(scene, Phone, f"/t/{scene.morning.issued[-1]['code']}")
    screen.page.locator(".give-up summary").click()
    expect(screen.page.locator(".give-up button")).to_be_visible()
    return screen


def _phone_of(scene: Scene, ticket: dict[str, Any]) -> Phone:
    # Only the device that issued it was told the code.
    code = next(each["code"] for each in scene.morning.issued if each["id"] == ticket["id"])
    return _opened(scene, Phone, f"/t/{code}")


def _opened(scene: Scene, kind: type[S], path: str, *, is_device: bool = False) -> S:
    screen = scene.room.screen(kind, is_device=is_device)
    screen.opens(scene.path(path))
    return screen


def _live(scene: Scene, kind: type[S], path: str) -> S:
    screen = _opened(scene, kind, path, is_device=True)
    screen.is_connected()
    return screen


def _ticket(scene: Scene, ticket: str, state: str, detail: str | None = None) -> Kiosk:
    """That ticket's page while its slip does so."""
    screen = scene.room.screen(Kiosk, is_device=True)
    slip = {"print": {"state": state, "detail": detail}}
    _answer_otherwise(screen, "**/api/v1/tickets/*", lambda answer: answer | slip)
    screen.opens(scene.path(f"/kiosk/tickets/{ticket}"))
    screen.is_connected()
    message = "paper" if detail == "paper_out" else state
    expect(screen.page.locator(f"[data-print='{message}']")).to_be_visible()
    return screen


def _out_of_paper(scene: Scene) -> Kiosk:
    screen = scene.room.screen(Kiosk, is_device=True)
    trouble = {"printer": {"device": "printer", "trouble": "paper_out"}}
    _answer_otherwise(screen, "**/api/v1/services", lambda services: services | trouble)
    screen.opens(scene.path("/kiosk"))
    screen.warns_before_the_choice()
    return screen


def _reception(scene: Scene, who: str) -> Reception:
    account = scene.room.office.credentials[who]
    screen = scene.room.screen(Reception, storage_state=scene.room.signed_in(account))
    screen.opens(scene.path("/reception"))
    screen.is_connected()
    return screen


def _without_server(screen: S) -> S:
    screen.page.evaluate("import('@ui/server-gone.js').then(({ serverGone }) => serverGone(true))")
    expect(screen.page.locator("#server-gone")).to_be_visible()
    return screen


def _display_of(
    scene: Scene, change: Callable[[dict[str, Any]], dict[str, Any]], kind: type[Display] = Display
) -> Screen:
    screen = scene.room.screen(kind, is_device=True)
    _answer_otherwise(screen, "**/api/v1/display/state", change)
    screen.opens(scene.path("/display"))
    screen.is_connected()
    return screen


def _counter(
    scene: Scene,
    counter: int,
    mode: str,
    kind: type[Counter] = Counter,
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Counter:
    account = scene.room.office.credentials["officers"][counter - 1]
    screen = scene.room.screen(kind, storage_state=scene.room.signed_in(account))
    if change is not None:
        _answer_otherwise(screen, f"**/api/v1/counters/{counter}/state", change)
    screen.opens(scene.path("/counter"))
    screen.is_connected()
    screen.is_in(mode)
    return screen


def _choosing(scene: Scene, counter: int, mode: str, command: str) -> Counter:
    screen = _counter(scene, counter, mode, SmallCounter)
    screen.opens_the_chooser(command)
    return screen


def _asking(screen: Counter, command: str) -> Counter:
    screen.page.locator(f"#choose-{command}").evaluate("it => it.showPopover()")
    screen.chooser(command)
    return screen


def _with_all_lists(state: dict[str, Any]) -> dict[str, Any]:
    """A free counter at the end of a hard day: others held and missed, marks in the line, a step to take back."""
    line = [
        leg
        | {"number": f"A10{at:02}", "waited_s": 4000.0, "class": "priority", "sent_here": at % 2 == 0, "returns": at}
        for at, leg in enumerate(state["waiting"])
    ]
    beside = [leg | {"id": f"9{leg['id']}", "number": f"A11{at:02}"} for at, leg in enumerate(state["waiting"][:4])]
    undo = {"ticket": "1", "number": "A1100", "step": "ticket_transferred", "until": _a_minute_after(state["at"])}
    counter = state["counter"] | {"auto_call_after_s": 45.0}
    return state | {
        "counter": counter, "ticket": None, "recall": None, "waiting": line, "waiting_count": 188, "held": beside,
        "missed": beside, "undo": undo,
    }  # fmt: skip


def _a_minute_after(moment: str) -> str:
    return (datetime.fromisoformat(moment) + timedelta(minutes=1)).isoformat()


def _on_a_break(state: dict[str, Any]) -> dict[str, Any]:
    counter = state["counter"] | {"state": "break", "pause_reason": "back_office", "since": state["at"]}
    return state | {"counter": counter, "ticket": None}


def _reports(scene: Scene, path: str) -> Reports:
    account = scene.room.office.credentials["manager"]
    screen = scene.room.screen(Reports, storage_state=scene.room.signed_in(account))
    screen.opens(scene.path(path))
    return screen


def _settings(scene: Scene, kind: type[S], path: str, who: str = "administrator") -> S:
    account = scene.room.office.credentials[who]
    screen = scene.room.screen(kind, storage_state=scene.room.signed_in(account))
    screen.opens(scene.path(path))
    return screen


def _tablet(scene: Scene, name: str) -> Screen:
    screen = scene.room.screen(RatingTablet, is_device=True)
    if name == "awake":
        slot = {"id": "0", "number": "A1014", "expires_at": "2099-01-01T00:00:00+07:00"}
        _answer_otherwise(screen, "**/api/v1/rating/6/state", lambda state: state | {"slot": slot})
    screen.opens(scene.path("/rating?counter=6"))
    screen.is_connected()
    if name in {"thanks", "refused"}:
        screen.page.evaluate(
            """name => document.querySelectorAll("#tablet [data-when]").forEach(
              (section) => { section.hidden = section.dataset.when !== name; })""",
            name,
        )
    expect(screen.page.locator(f"[data-when='{name}']")).to_be_visible()
    return screen


def _answer_otherwise(screen: Screen, address: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    def answer(route: Route) -> None:
        real = route.fetch()
        try:
            route.fulfill(response=real, json=change(real.json()))
        except PlaywrightError as error:
            # The page gave the question up while it was being answered; it asks anew.
            if "already handled" not in str(error):
                raise

    screen.page.route(address, answer)


def _with_longest_documents(scene: Scene) -> str:
    """The ticket whose service asks for most papers."""
    token = scene.room.office.credentials["devices"]["kiosk"]["token"]
    _, answer = scene.room.office.ask("GET", "/services", token)
    papers = {each["id"]: sum(len(document["th"]) for document in each["documents"]) for each in answer["services"]}
    return str(max(scene.morning.issued, key=lambda ticket: papers[ticket["service"]])["id"])
