"""The Thai keyboard (Kedmanee, TIS 820-2538): what was meant for its Latin keys and typed while it was on Thai."""

import re

_LATIN = "1234567890-qwertyuiopasdfghjklzxcvbnm"
_PLAIN = "ๅ/-ภถุึคตจขๆไำพะัีรนยฟหกดเ้่าสผปแอิืท"
_SHIFTED = '+๑๒๓๔ู฿๕๖๗๘๐"ฎฑธํ๊ณฯญฤฆฏโฌ็๋ษศ()ฉฮฺ์?'
_MEANT = str.maketrans(_PLAIN + _SHIFTED, 2 * _LATIN)
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_THAI_LETTER = re.compile("[ก-๎]")


def as_on_latin_keys(written: str) -> str:
    """Return what the same keys give on Latin, where a Thai letter shows that the keyboard was on Thai.

    Without one, Thai digits are the digits they say, and all else stays as it is.
    """
    return written.translate(_MEANT if _THAI_LETTER.search(written) else _DIGITS)
