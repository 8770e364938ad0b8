"""A refusal said in place: the page that was asked for, with the reason above what there is to do."""

from collections.abc import Callable

from flask import Response

from server.domain.errors import QueueError
from server.web.desk import desk
from server.web.language import language
from server.web.problems import STATUS, sentence

HTML = "text/html; charset=utf-8"
Notice = dict[str, str]


def notice_of(refusal: QueueError, spoken: str | None = None) -> Notice:
    """Return the refusal's title and detail, in that language or the page's own."""
    title, detail = sentence(desk().words, refusal.code, dict(refusal.facts), spoken or language())
    return {"title": title, "detail": detail}


def refused(refusal: QueueError, page: Callable[[Notice], str], spoken: str | None = None) -> Response:
    """Return the page that `page` draws with that notice, under the refusal's own status."""
    return Response(page(notice_of(refusal, spoken)), STATUS[refusal.code], content_type=HTML)
