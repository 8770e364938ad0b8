"""New secrets for an office whose `credentials.json` was lost: the old ones are no longer taken."""

import secrets
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from server.db.engine import writing
from server.db.people import Identity, People
from server.services.founding import CREDENTIALS, AlreadyFounded, Credentials, Hash, write_private


def renew_secrets(engine: Engine, office_id: int, data: Path, *, now: datetime, hash_password: Hash) -> None:
    """Give the accounts of the first day, and one kiosk, display and tablet a counter, new passwords and tokens.

    Writes them to `credentials.json` in `data` as `found_office` does. Raises AlreadyFounded where that file is.
    """
    path = data / CREDENTIALS
    with ExitStack() as undo:
        with writing(engine) as connection:
            if path.exists() or path.is_symlink():
                raise AlreadyFounded(str(path))
            renewed = _renewed(People(connection), office_id, now, hash_password)
            write_private(path, renewed, undo)
        undo.pop_all()


def _renewed(people: People, office_id: int, now: datetime, hash_password: Hash) -> Credentials:
    def person(each: Identity) -> dict[str, Any]:
        password = secrets.token_urlsafe(12)
        people.change_password(each, hash_password(password))
        people.end_sessions(each, now)
        return {"user": each.name, "password": password, **owner(each)}

    def owner(each: Identity) -> dict[str, Any]:
        token = secrets.token_urlsafe(32)
        people.revoke_tokens(each, now)
        people.add_token(token, office_id=office_id, now=now, account=each.account, device=each.device)
        return {"token": token}

    renewed = Credentials()
    for each in people.accounts(office_id):
        if each.role == "officer" and each.counter is not None:
            renewed.officers.append(person(each) | {"counter": each.counter})
        elif each.role in ("administrator", "manager", "reception") and not getattr(renewed, each.role):
            setattr(renewed, each.role, person(each))
    renewed.devices = {"rating": []}
    for each in people.devices(office_id):
        if each.role == "rating" and each.counter not in {known["counter"] for known in renewed.devices["rating"]}:
            renewed.devices["rating"].append(owner(each) | {"counter": each.counter})
        elif each.role in ("kiosk", "display") and each.role not in renewed.devices:
            renewed.devices[each.role] = owner(each)
    return renewed
