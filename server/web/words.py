"""The words of every screen in both languages, read from the `words/` folders beside the screens."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from server.domain.office import LANGUAGES

_OTHER = re.compile(r"\{=([a-z_0-9.]+)\}")


class Catalogue:
    """Texts by language and dotted key, such as `kiosk.choose_service`.

    `{=counter.action_open}` in a text is that other text: a sentence that names a button names it as the button does.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._texts: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        for folder in folders:
            for language in LANGUAGES:
                for file in sorted(folder.glob(f"*{language}.toml")):
                    self._texts[language] |= dict(_flat(tomllib.loads(file.read_text(encoding="utf-8"))))

    def say(self, language: str, key: str, **facts: object) -> str:
        """Return the text with its facts filled in; KeyError for a key that no folder has."""
        text = _with_others(self._texts[language], self._texts[language][key])
        return text.format_map(_Forgiving(facts)) if "{" in text else text

    def has(self, language: str, key: str) -> bool:
        """Return whether there is a text of that key."""
        return key in self._texts[language]

    def keys(self, language: str) -> frozenset[str]:
        """Return every key that the language has."""
        return frozenset(self._texts[language])


def _with_others(texts: Mapping[str, str], text: str) -> str:
    return _OTHER.sub(lambda other: _with_others(texts, texts[other[1]]), text) if "{=" in text else text


class _Forgiving(dict[str, object]):
    """Leaves a placeholder that nobody fills as it stands: a script fills it, or a person sees which is missing."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _flat(table: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", str(value)
