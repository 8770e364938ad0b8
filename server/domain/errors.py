"""What a rule says when it says no: one class a reason, a stable code, and the facts. Sentences live with the words."""

from typing import ClassVar

Fact = str | int | float | bool | None


class QueueError(Exception):
    """A command was refused and nothing changed. `code` is stable; `facts` fill the sentence shown to a person."""

    code: ClassVar[str] = "refused"

    def __init__(self, **facts: Fact) -> None:
        super().__init__(f"{self.code} {facts}" if facts else self.code)
        self.facts = facts


class UnknownService(QueueError):
    """Nobody offers a service of that id here."""

    code = "unknown_service"


class ServiceClosed(QueueError):
    """The service does not take tickets at this hour, or its last issue has passed."""

    code = "service_closed"


class OfficeClosed(QueueError):
    """The office is closed: outside its hours, at lunch, or on a holiday."""

    code = "office_closed"


class QuotaFull(QueueError):
    """Today's tickets of this service are all given out."""

    code = "quota_full"


class UnknownTicket(QueueError):
    """No ticket of that id in this office."""

    code = "unknown_ticket"


class UnknownCounter(QueueError):
    """The office has no counter of that number."""

    code = "unknown_counter"


class WrongState(QueueError):
    """The command does not fit the state that the ticket is in."""

    code = "wrong_state"


class TicketNotAtCounter(QueueError):
    """The ticket is in hand at another counter, or at none."""

    code = "ticket_not_at_counter"


class CounterClosed(QueueError):
    """An officer asked for something at a counter that is not open."""

    code = "counter_closed"


class CounterBusy(QueueError):
    """The counter still has a visit in hand."""

    code = "counter_busy"


class CounterTaken(QueueError):
    """Another officer has this counter open."""

    code = "counter_taken"


class OfficerElsewhere(QueueError):
    """This officer already has another counter open."""

    code = "officer_elsewhere"


class RecallTooSoon(QueueError):
    """The last recall was less than the rule's interval ago."""

    code = "recall_too_soon"


class RecallLimit(QueueError):
    """The ticket was recalled as often as the rule allows."""

    code = "recall_limit"


class UnknownSlot(QueueError):
    """No rating slot of that id at this counter."""

    code = "unknown_slot"


class SlotExpired(QueueError):
    """The rating slot is closed: its time has passed."""

    code = "slot_expired"


class AlreadyRated(QueueError):
    """This visit has its one rating."""

    code = "already_rated"


class InvalidScore(QueueError):
    """A score is a whole number from 1 to 5."""

    code = "invalid_score"


class RequestIdReused(QueueError):
    """The same request_id came with another command or body."""

    code = "request_id_reused"


class Forbidden(QueueError):
    """This token or login has no right to that."""

    code = "forbidden"


class Unauthorized(QueueError):
    """No token or login, or one that is not valid."""

    code = "unauthorized"


class WrongPassword(QueueError):
    """User or password do not fit; which of them is not told."""

    code = "wrong_password"


class TooManyAttempts(QueueError):
    """Too many wrong passwords for this user; wait."""

    code = "too_many_attempts"


class EntryCodeInvalid(QueueError):
    """The one-time link was used, has expired, or never was."""

    code = "entry_code_invalid"


class InvalidValue(QueueError):
    """A value in the request is not one that can be."""

    code = "invalid_value"
