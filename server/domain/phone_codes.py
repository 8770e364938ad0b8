"""The code that opens a citizen's phone page: made from the server's key, so that no table has to keep it."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # No letter that is read as a digit; typed from paper if need be.
LENGTH = 12  # 59 bits: nobody guesses another citizen's page.


@dataclass(frozen=True, slots=True)
class PhoneCodes:
    """Makes the code of a ticket anew whenever its slip is drawn; the database has the digest only."""

    key: bytes

    def of(self, visit: int, issued_at: datetime) -> str:
        """Return the code of the ticket that this visit was given at that moment."""
        # With the moment: an office that is founded again on the same key begins again with visit 1.
        facts = f"phone code of visit {visit} at {issued_at.astimezone(UTC).isoformat(timespec='microseconds')}"
        made = int.from_bytes(hmac.digest(self.key, facts.encode(), "sha256"))
        letters = []
        for _ in range(LENGTH):
            made, letter = divmod(made, len(ALPHABET))
            letters.append(ALPHABET[letter])
        return "".join(letters)
