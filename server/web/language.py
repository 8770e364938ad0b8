"""Which language this request speaks: chosen on the page, else the browser's; Thai first."""

from flask import g, has_request_context, request, session

from server.domain.office import Language

_EACH_CITIZEN_ANEW = ("/kiosk", "/t/")  # A kiosk forgets the language with each citizen; a phone is its owner's.


def language() -> Language:
    """Return the language of this request: `?lang=`, then what was chosen before on this browser's pages.

    A visit that is begun in a language has that one.
    Programs and scripts say theirs in Accept-Language. Without any it is Thai.
    """
    if not has_request_context():
        return "th"
    chosen = g.get("language_of_visit") or request.args.get("lang")
    if chosen is None and request.path.startswith("/api/"):
        # An officer who reads English pages on a Thai browser reads English refusals too.
        chosen = session.get("language") or request.accept_languages.best_match(("th", "en"), "th")
    elif chosen is None and not request.path.startswith(_EACH_CITIZEN_ANEW):
        chosen = session.get("language")
    return "en" if chosen == "en" else "th"


def speak_as_the_visit(spoken: Language) -> None:
    """Answer this request in the language in which its visit is begun, a refusal too."""
    g.language_of_visit = spoken


def other_language() -> Language:
    """Return the language that this request does not speak."""
    return "th" if language() == "en" else "en"


def keep_chosen_language() -> None:
    """Remember `?lang=` for the pages that follow."""
    chosen = request.args.get("lang")
    if chosen in {"th", "en"} and not request.path.startswith(("/api/", *_EACH_CITIZEN_ANEW)):
        session["language"] = chosen
