"""An office as an attacker and a clumsy program meet it: over HTTP, with any token, cookie or body they like."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import requests

from tests.running import RunningOffice

PROBLEM = "application/problem+json"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}

Answer = requests.Response


class Office:
    """One running office, its tokens by role, and browsers in front of it."""

    def __init__(self, running: RunningOffice) -> None:
        self.running = running
        self.url = running.url
        self.host = f"127.0.0.1:{running.port}"
        self.tokens = tokens_of(running.credentials)
        self._session = without_proxy()
        self._seen = 0

    def ask(self, method: str, path: str, role: str | None = None, **more: Any) -> Answer:
        """Send one request to the API as that role, or as nobody."""
        headers = {"Accept-Language": "en", **({"Authorization": f"Bearer {self.tokens[role]}"} if role else {})}
        headers |= more.pop("headers", {})
        return self._session.request(method, f"{self.url}/api/v1{path}", headers=headers, **{"timeout": 10, **more})

    def json(self, method: str, path: str, role: str, body: object = None) -> Any:
        """Do what is allowed; a refusal fails the test."""
        answer = self.ask(method, path, role, json=body)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def browser(self) -> requests.Session:
        """A browser that knows nobody yet."""
        return without_proxy()

    def logged_in(self, user: str = "officer1") -> requests.Session:
        """A browser with that person logged in."""
        browser = self.browser()
        answer = browser.post(
            f"{self.url}/login", data={"user": user, "password": self.password_of(user)}, headers=OWN_PAGE, timeout=10
        )
        assert answer.ok, answer.text
        return browser

    def password_of(self, user: str) -> str:
        """The password that `saduak init` gave that person."""
        found = self.running.credentials
        people = [found["administrator"], found["manager"], found["reception"], *found["officers"]]
        return next(str(each["password"]) for each in people if each["user"] == user)

    @contextmanager
    def nothing_changes(self) -> Iterator[None]:
        """Fail if anything is recorded until the block ends."""
        self._news()
        yield
        assert self._news() == []

    def ended(self, kind: str) -> list[dict[str, Any]]:
        """Every event of that kind since the last look, which this is one."""
        return [each for each in self._news() if each["kind"] == kind]

    def _news(self) -> list[dict[str, Any]]:
        """What happened since this was asked last."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.json("GET", f"/events?after={self._seen}", "manager")
            found += page["events"]
            self._seen = page["next"]
            if not page["more"]:
                return found

    def sql(self, statement: str, *values: object) -> int:
        """Change what no command can change yet; return how many rows it was."""
        with closing(sqlite3.connect(self.running.data / "saduak.sqlite3", timeout=10)) as database, database:
            return database.execute(statement, values).rowcount

    def add_account(self, role: str, *, token_expires_at: int | None = None) -> str:
        """Make an account with a token, and return its role's name here: no command makes one yet."""
        name, token = f"{role} {secrets.token_hex(3)}", secrets.token_urlsafe(32)
        self.sql(
            "insert into accounts (office_id, user, role, password_hash, active, created_at) "
            "values (1, ?, ?, '', 1, 0)",
            name,
            role,
        )
        self.sql(
            "insert into tokens (digest, office_id, account_id, created_at, expires_at) "
            "select ?, 1, id, 0, ? from accounts where user = ?",
            hashlib.sha256(token.encode()).hexdigest(),
            token_expires_at,
            name,
        )
        self.tokens[name] = token
        return name


def tokens_of(credentials: dict[str, Any]) -> dict[str, str]:
    """Return every token by role; officers and tablets by role and counter, those of counter 1 by role alone too."""
    devices = credentials["devices"]
    found = {role: credentials[role]["token"] for role in ("administrator", "manager", "reception")}
    found |= {kind: devices[kind]["token"] for kind in ("kiosk", "display")}
    found |= {f"officer {each['counter']}": each["token"] for each in credentials["officers"]}
    found |= {f"rating {each['counter']}": each["token"] for each in devices["rating"]}
    return found | {"officer": found["officer 1"], "rating": found["rating 1"]}


def without_proxy() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def assert_refused(answer: Answer, status: int, code: str) -> None:
    """The answer is a problem of that status and code, with a title and a sentence for a person."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == PROBLEM
    problem = answer.json()
    assert (problem["code"], problem["status"], problem["type"]) == (code, status, f"/problems/{code}")
    assert problem["title"]
    assert problem["detail"]
    assert "{" not in problem["title"] + problem["detail"], "a fact is missing in the sentence"
