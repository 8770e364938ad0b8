"""The same request_id from the same asker always gets the same answer, so that a retry never makes two."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from server.db.work import UnitOfWork
from server.domain.errors import InvalidValue, RequestIdReused
from server.services.shapes import REQUEST_ID_PATTERN

T = TypeVar("T")
LONGEST_REQUEST_ID = 64
_KEPT_AS_IT_IS = re.compile(rf"(?!.*[\ud800-\udfff]){REQUEST_ID_PATTERN}")  # Nor half a surrogate pair, from a form.


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """An answer; `repeated` if it was given before."""

    value: T
    repeated: bool = False


def as_it_is(value: T) -> T:
    """Return the answer unchanged."""
    return value


def refuse_unkept(request_id: str | None) -> None:
    """Raise InvalidValue for a request_id that no database keeps as it is."""
    if request_id is None or (len(request_id) <= LONGEST_REQUEST_ID and _KEPT_AS_IT_IS.match(request_id)):
        return
    raise InvalidValue(field="request_id", value=ascii(request_id[:LONGEST_REQUEST_ID]))


def once(work: UnitOfWork, request_id: str | None, asked: tuple[object, ...], shape: type[T],
         do: Callable[[], T], kept: Callable[[T], T] = as_it_is) -> Answered[T]:  # fmt: skip
    """Return what `do` answers, or the answer that this request already got.

    `asked` is the command and its facts: the same request_id with others raises RequestIdReused. A refusal is not
    kept, since it changed nothing. Without a request_id every call is a new one. `kept` takes out of an answer what
    no table may hold; a repeated one comes without it. Raises InvalidValue for a request_id that no database keeps as
    it is.
    """
    if request_id is None:
        return Answered(do())
    refuse_unkept(request_id)
    fingerprint = hashlib.sha256(msgspec.json.encode(asked)).hexdigest()
    earlier = work.requests.find(work.actor.key, request_id)
    if earlier is not None:
        if earlier.fingerprint != fingerprint:
            raise RequestIdReused(request_id=request_id)
        return Answered(msgspec.json.decode(earlier.answer, type=shape), repeated=True)
    work.request_id = request_id
    value = do()
    work.requests.add(
        work.actor.key,
        request_id,
        day=work.day,
        fingerprint=fingerprint,
        answer=msgspec.json.encode(kept(value)).decode(),
    )
    return Answered(value)
