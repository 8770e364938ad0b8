"""An administrator changes the office: a changed office file comes into force, and the one before is kept."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.db.people import Identity
from server.db.work import Actor, Database, UnitOfWork
from server.domain.errors import ConfigurationInUse, ConfigurationMoved, DemoFixed, OfficeCodeFixed
from server.domain.office import Office
from server.domain.office_file import read_office
from server.loop import Loop
from server.public_holidays import holidays_of
from server.services import rights
from server.services.printable import refuse_undrawable

NONE = "–"
MOST_NAMED = 10  # Who reads the refusal keeps all of them anyway.


@dataclass(frozen=True, slots=True)
class SlipTexts:
    """What an administrator says about slips: `texts` by their key in the office file, Thai and English."""

    drop_after_minutes: int
    documents: bool
    wait: bool
    texts: Mapping[str, tuple[str, str]]


def change_configuration(db: Database, office_id: int, document: dict[str, Any]) -> int | None:
    """Put this office file in force from now on, and return its version; None if it says what is in force already.

    The waiting get the places that the new rule gives them. Raises OfficeFileError with every mistake in it,
    OfficeCodeFixed, DemoFixed or ConfigurationInUse; then nothing is changed.
    """
    changed = read_office(document, public_holidays=holidays_of)
    refuse_undrawable(document)
    with db.work(office_id) as work:
        _refuse_another_office(work.office, changed)
        _refuse_what_is_in_use(work, changed)
        version = work.put_in_force(document)
        if version is not None:
            work.legs.rekey(work.office.rule)
        return version


def change_slips(db: Database, asker: Identity, changed: SlipTexts, since: int, loop: Loop) -> int | None:
    """Put these texts of the slip in force, and return the version; None if they are already.

    `since` is the version that the person has seen. Raises OfficeFileError for texts that cannot stand on a slip, and
    ConfigurationMoved where somebody else has changed the slip meanwhile; then nothing is changed.
    """
    rights.require(asker, "set_up")
    loop.run_blocking(lambda: refuse_undrawable(with_slips({}, changed)))
    with db.work(asker.office_id, Actor(asker.key)) as work:
        document = with_slips(work.document(), changed)
        read_office(document, public_holidays=holidays_of)
        if work.office.version != since and work.document().get("slips") != document["slips"]:
            raise ConfigurationMoved(version=work.office.version)
        return work.put_in_force(document)


def tell_configuration(db: Database, office_id: int) -> None:
    """Record what is in force where no event tells it yet: the first configuration, or one of before events told it."""
    with db.read(office_id) as work:
        if work.is_configuration_told:
            return
    with db.work(office_id) as work:
        if not work.is_configuration_told:
            work.tell_configuration()


def with_slips(document: dict[str, Any], changed: SlipTexts) -> dict[str, Any]:
    """Return the office file with these texts of the slip; an empty one is left out, and is then the house's own."""
    texts = {key: {"th": th, "en": en} for key, (th, en) in changed.texts.items() if th or en}
    return document | {
        "slips": {
            "drop_after_minutes": changed.drop_after_minutes, "documents": changed.documents, "wait": changed.wait,
            **texts,
        }
    }  # fmt: skip


def _refuse_another_office(office: Office, changed: Office) -> None:
    if changed.code != office.code:
        raise OfficeCodeFixed(code=office.code, given=changed.code)
    if changed.demo != office.demo:
        raise DemoFixed(kept="true" if office.demo else "false")


def _refuse_what_is_in_use(work: UnitOfWork, changed: Office) -> None:
    """Raise ConfigurationInUse if a visit of today would lose its queue, service or counter, or share its number."""
    used = work.in_use()
    numbers = _given_twice(work.tickets.given_on(work.day), changed)
    queues = used.queues - {queue.id for queue in changed.queues}
    services = used.services - {service.id for service in changed.services}
    counters = used.counters - {counter.number for counter in changed.counters}
    if queues or services or counters or numbers:
        raise ConfigurationInUse(
            queues=_listed(sorted(queues)), services=_listed(sorted(services)), counters=_listed(sorted(counters)),
            numbers=_listed(numbers),
        )  # fmt: skip


def _given_twice(given: list[tuple[str, int, str]], changed: Office) -> list[str]:
    """Return the numbers of today, as printed, that another queue could now give again."""
    return [
        label
        for of_queue, number, label in given
        for queue in changed.queues
        if queue.id != of_queue and queue.has_number(number) and re.fullmatch(f"{re.escape(queue.prefix)}[0-9]+", label)
    ]


def _listed(names: Iterable[object]) -> str:
    return ", ".join([str(name) for name in names][:MOST_NAMED]) or NONE
