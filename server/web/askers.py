"""Who is asking: a bearer token, or the devices and the person of this browser's session."""

from collections.abc import Iterator, Sequence

from flask import request, session

from server.db.people import Identity
from server.domain.errors import DeviceRevoked, Forbidden, Unauthorized
from server.services.rights import Right, may
from server.web.desk import desk


def asker(right: Right, *, counter: int | None = None) -> Identity:
    """Return who asks, having that right (and, for a rating tablet, that counter).

    Raises Unauthorized when nobody is known, Forbidden when somebody is and has not the right; DeviceRevoked in a
    browser without a person that was a device.
    """
    known = list(askers())
    fitting = [each for each in known if may(each, right)]
    if not fitting and all(each.account is None for each in known) and _was_device(known):
        raise DeviceRevoked()
    if not known:
        raise Unauthorized()
    if not fitting:
        raise Forbidden(role=known[0].role)
    return next((each for each in fitting if counter is None or each.counter == counter), fitting[0])


def askers() -> Iterator[Identity]:
    """Go through everybody this request may speak for; a wrong bearer token raises Unauthorized."""
    token = bearer_token()
    if token is not None:
        yield desk().gate.of_token(token)
        return
    yield from session_identities()


def bearer_token() -> str | None:
    """Return the request's bearer token, or None if it has none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def session_identities() -> Iterator[Identity]:
    """Go through the person and the devices of this browser; those closed or revoked since are left out."""
    gate = desk().gate
    if "person" in session:
        try:
            yield gate.of_session(str(session["person"]))
        except Unauthorized:
            session.pop("person")
    for device in session.get("devices", []):
        try:
            yield gate.of_device(device)
        except Unauthorized:
            continue


def device_of(kind: str, counter: int | None = None) -> Identity:
    """Return this browser's device of that kind (at that counter), or raise Unauthorized (or DeviceRevoked)."""
    known = list(session_identities())
    for each in known:
        if each.role == kind and (counter is None or each.counter == counter):
            return each
    raise DeviceRevoked() if _was_device(known) else Unauthorized()


def keep_devices(*new: int | None) -> None:
    """Let this browser be these devices too, and forget those that were revoked."""
    known = [each.device for each in session_identities() if each.device is not None and each.device not in new]
    session["devices"] = known + [each for each in new if each is not None]
    session.permanent = True


def _was_device(known: Sequence[Identity]) -> bool:
    """Whether this browser was a device that is revoked by now; `known` are those that it still speaks for."""
    return not set(session.get("devices", [])) <= {each.device for each in known}


def person() -> Identity | None:
    """Return who is logged in here, or None."""
    return next((each for each in session_identities() if each.account is not None), None)
