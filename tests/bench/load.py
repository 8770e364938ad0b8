"""Sixteen clients on kept connections, and the time of each answer."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

CLIENTS = 16
Body = Callable[[int, int], dict[str, object]]


@dataclass(frozen=True, slots=True)
class Load:
    """How many answers a second, and how long each took."""

    per_second: float
    seconds: list[float]


def post_from_many(port: int, path: str, token: str, body: Body, each: int) -> Load:
    """Post `each` bodies from every client at once and return how it went; any refusal raises."""
    seconds: list[float] = []
    failures: list[BaseException] = []

    def run(client: int) -> None:
        try:
            seconds.extend(_post(port, path, token, [body(client, turn) for turn in range(each)]))
        except BaseException as error:  # noqa: BLE001  # because a thread's failure must reach the bench.
            failures.append(error)

    threads = [threading.Thread(target=run, args=(client,)) for client in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return Load(CLIENTS * each / (time.monotonic() - began), seconds)


def _post(port: int, path: str, token: str, bodies: list[dict[str, object]]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    taken = []
    for body in bodies:
        began = time.monotonic()
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path} answered {answer.status}: {said[:200]!r}")
        taken.append(time.monotonic() - began)
    connection.close()
    return taken
