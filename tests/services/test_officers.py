"""What an officer may do can be changed, and the next opening of a counter heeds it."""

import pytest

from server.domain.errors import OutOfOrderForbidden, UnknownService
from server.services.officers import ALL, change_rights
from tests.services.office import OfficeAtWork


def refresh(office: OfficeAtWork) -> OfficeAtWork:
    """The office with its people read again."""
    return OfficeAtWork(office.url, office.clock, office.engine)


def test_an_officer_calls_only_for_the_services_given(office: OfficeAtWork) -> None:
    first, second = [each.id for each in office.config.services if each.queue == "A"][:2]
    said = change_rights(office.db, office.id, "officer1", services=frozenset({second}), may_call_out_of_order=None)
    office = refresh(office)
    office.opens(1)
    office.takes_a_number(first)
    wanted = office.takes_a_number(second)

    called = office.calls_somebody(1)

    assert said == f"gives {second}; may call out of order"
    assert called.id == wanted.id
    office.starts(called)
    office.finishes(called)
    assert office.line(1) == []
    assert office.calls(1) is None
    assert not office.verdict().differences


def test_all_services_can_be_given_again(office: OfficeAtWork) -> None:
    service = frozenset({office.config.services[0].id})
    change_rights(office.db, office.id, "officer1", services=service, may_call_out_of_order=None)

    said = change_rights(office.db, office.id, "officer1", services=ALL, may_call_out_of_order=None)

    assert said == "gives all services; may call out of order"


def test_without_the_right_nobody_is_called_out_of_order(office: OfficeAtWork) -> None:
    change_rights(office.db, office.id, "officer1", services=None, may_call_out_of_order=False)
    office = refresh(office)
    office.opens(1)
    ticket = office.takes_a_number()

    with office.refuses(OutOfOrderForbidden):
        office.calls_out_of_order(ticket)
    with office.refuses(OutOfOrderForbidden):
        office.serves_a_walk_up()


def test_nobody_gives_a_service_that_there_is_not_and_a_manager_gives_none(office: OfficeAtWork) -> None:
    with office.refuses(UnknownService):
        change_rights(office.db, office.id, "officer1", services=frozenset({"x"}), may_call_out_of_order=None)
    for nobody in ("manager", "nobody", "\0"):
        with pytest.raises(LookupError):
            change_rights(office.db, office.id, nobody, services=ALL, may_call_out_of_order=None)
