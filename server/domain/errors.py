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
    """The command does not fit the state that the ticket is in; each state has a class, and a code, of its own."""

    code = "wrong_state"


class TicketStillWaits(WrongState):
    """Nobody has called the ticket yet."""

    code = "ticket_waiting"


class TicketCalledAlready(WrongState):
    """The ticket is called, and service has not begun."""

    code = "ticket_called"


class TicketServingAlready(WrongState):
    """The ticket is being served."""

    code = "ticket_serving"


class TicketHeldNow(WrongState):
    """The ticket is on hold: resume it first."""

    code = "ticket_held"


class TicketFinishedAlready(WrongState):
    """The visit is finished."""

    code = "ticket_finished"


class TicketMissedAlready(WrongState):
    """The ticket was called and nobody came."""

    code = "ticket_no_show"


class TicketHasLeft(WrongState):
    """The citizen left without being served."""

    code = "ticket_left"


class TicketCancelledAlready(WrongState):
    """The ticket was cancelled."""

    code = "ticket_cancelled"


class TicketClosedAlready(WrongState):
    """The ticket was closed with its day."""

    code = "ticket_closed"


class ClockNotAhead(QueueError):
    """The office's time was to be set back, and it is not ahead of the clock."""

    code = "clock_not_ahead"


class ConfigurationMoved(QueueError):
    """Somebody else has changed the configuration since this page was opened."""

    code = "configuration_moved"


class SlipWaiting(QueueError):
    """The ticket's slip waits for its printer, or is being printed: it comes by itself."""

    code = "slip_waiting"


class SlipNotAsked(QueueError):
    """Nobody has to say whether this slip came out: it is not one whose outcome is unknown."""

    code = "slip_not_asked"


class NoPrinterHere(QueueError):
    """The office has no printer, or not this one."""

    code = "no_printer_here"


class UnknownSlip(QueueError):
    """No slip of that id was given to this printer."""

    code = "unknown_slip"


class UnknownNumber(QueueError):
    """No ticket of today has the number that a person typed."""

    code = "unknown_number"


class AgentElsewhere(QueueError):
    """Another agent works with this token at the same time; one of them must be paired anew."""

    code = "agent_elsewhere"


class TicketOfAnotherDay(QueueError):
    """The ticket is of an earlier business day."""

    code = "ticket_of_another_day"


class NotServedHere(QueueError):
    """The counter, or its officer, does not serve what the ticket waits for."""

    code = "not_served_here"


class ReasonNeeded(QueueError):
    """The command needs a reason from the office's list."""

    code = "reason_needed"


class OutOfOrderForbidden(QueueError):
    """This officer has no right to call out of order."""

    code = "out_of_order_forbidden"


class CounterAwaited(QueueError):
    """Somebody was sent to this counter and still waits for it."""

    code = "counter_awaited"


class NowhereToGo(QueueError):
    """A transfer that names neither another service, nor another queue, nor another counter."""

    code = "nowhere_to_go"


class UnknownQueue(QueueError):
    """The office has no queue of that id."""

    code = "unknown_queue"


class ServiceGivenNow(QueueError):
    """The visit is being given that very service; a screen asks whether it is wanted once more."""

    code = "service_given_now"


class NoShowEarly(QueueError):
    """The call is younger than the office's grace and was not repeated; a screen asks whether nobody came."""

    code = "no_show_early"


class NothingToUndo(QueueError):
    """The ticket has no step that could be taken back: none yet, or the last one was."""

    code = "nothing_to_undo"


class CannotUndo(QueueError):
    """The last step cannot be taken back: a recall was heard, a walk-up is there."""

    code = "cannot_undo"


class UndoTooLate(QueueError):
    """The last step was too long ago."""

    code = "undo_too_late"


class NotYourStep(QueueError):
    """Somebody else took that step."""

    code = "not_your_step"


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


class SlotEnded(QueueError):
    """The rating slot is closed: the next citizen is being served at its counter."""

    code = "slot_ended"


class RatingDayOver(QueueError):
    """A citizen's phone rates on the day of the visit only."""

    code = "rating_day_over"


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
    """Too many wrong passwords for this user from this place, or from this place at all; wait `seconds`."""

    code = "too_many_attempts"


class LoginBusy(QueueError):
    """Too many log in at this moment; nothing was tried."""

    code = "login_busy"


class UnknownSession(QueueError):
    """No session of that id goes on in this office."""

    code = "unknown_session"


class EntryCodeInvalid(QueueError):
    """The one-time link was used, has expired, or never was."""

    code = "entry_code_invalid"


class InvalidValue(QueueError):
    """A value in the request is not one that can be."""

    code = "invalid_value"


class NumbersExhausted(QueueError):
    """Today's numbers of the queue's range are all given out."""

    code = "numbers_exhausted"


class OfficeCodeFixed(QueueError):
    """The changed office file has another code: it is another office's."""

    code = "office_code_fixed"


class DemoFixed(QueueError):
    """An office cannot become a demonstration, or cease to be one."""

    code = "demo_fixed"


class ConfigurationInUse(QueueError):
    """The changed office file lacks something that is in use just now, or would give a number of today twice."""

    code = "configuration_in_use"


class PairingUnknown(QueueError):
    """No device shows this code now: it was mistyped, or its time is over."""

    code = "pairing_unknown"


class PairingConfirmed(QueueError):
    """This code was confirmed already; its device is let in."""

    code = "pairing_confirmed"


class PairingMismatch(QueueError):
    """What shows this code cannot be a device of that kind: a program is no screen, a browser no program."""

    code = "pairing_mismatch"


class PairingExpired(QueueError):
    """The code's time is over, or its device has come for its answer already."""

    code = "pairing_expired"


class PairingsFull(QueueError):
    """As many devices as may are waiting to be paired."""

    code = "pairings_full"


class TooManyCodes(QueueError):
    """Too many wrong codes by this person within a minute."""

    code = "too_many_codes"


class CounterNeeded(QueueError):
    """A device of this kind stands at a counter: say at which."""

    code = "counter_needed"


class UnknownDevice(QueueError):
    """No paired device of that id in this office."""

    code = "unknown_device"


class DeviceRevoked(Unauthorized):
    """This browser was a device of the office; it is no longer paired."""

    code = "device_revoked"
