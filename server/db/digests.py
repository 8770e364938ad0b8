"""How a secret is stored: as its digest only."""

import hashlib


def digest(secret: str) -> str:
    """Return the SHA-256 of a random secret: enough for one that cannot be guessed, and quick on every request."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()  # JSON can carry half a surrogate pair.
