"""What an officer may do: the services given, and calling out of order."""

from server.db.people import Identity, People
from server.db.work import Database

ALL = frozenset({"all"})


def change_rights(
    db: Database, office_id: int, name: str, *, services: frozenset[str] | None, may_call_out_of_order: bool | None
) -> str:
    """Change what is not None of that officer's rights, and return in a sentence what they are then.

    `services` are ids, `{"all"}` for every one; they count from the next opening of a counter on. Raises LookupError
    for nobody of that name or somebody who is no officer, UnknownService.
    """
    office = db.configurations.current(office_id)
    with db.writing() as connection:
        people = People(connection)
        known = people.login(name)
        if known is None or known.identity.role != "officer" or known.identity.office_id != office_id:
            raise LookupError("no officer of that name")
        officer = known.identity
        given = officer.services if services is None else None if services == ALL else services
        for each in given or ():
            office.service(each)
        may = officer.may_call_out_of_order if may_call_out_of_order is None else may_call_out_of_order
        people.change_rights(officer.account or 0, services=given, may_call_out_of_order=may)
    return said_of(officer, given, may)


def said_of(officer: Identity, services: frozenset[str] | None, may_call_out_of_order: bool) -> str:
    """Return an officer's rights as a sentence."""
    given = "all services" if services is None else ", ".join(sorted(services))
    return f"gives {given}; {'may' if may_call_out_of_order else 'may not'} call out of order"
