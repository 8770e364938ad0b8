"""How far the day is, on a terminal; nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from server.demo.floor import Floor


@contextmanager
def progress(floor: Floor, until: datetime | None) -> Iterator[Callable[[datetime], None]]:
    """Yield `show(now)`, which draws a bar of the visitors who are done, of those who come before `until`."""
    if not sys.stderr.isatty():
        yield lambda now: None
        return
    coming = sum(until is None or visitor.arrives_at < until for visitor in floor.plan.visitors)
    with click.progressbar(length=coming, file=sys.stderr, show_eta=False) as bar:

        def show(now: datetime) -> None:
            done = len(floor.journal.of("finish")) + len(floor.journal.of("no_show"))
            bar.label = f"{now:%H:%M}  {len(floor.journal.of('issue'))} numbers given, {done} done"
            bar.update(done - bar.pos)
            bar.render_progress()

        yield show
