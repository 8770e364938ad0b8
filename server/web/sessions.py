"""Sessions of browsers; a request that brings a token has none, for nothing of the browser's should speak for it."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, not looked at where a bearer token decides who asks."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the browser's session, an empty one beside a token."""
        if "Authorization" in request.headers:
            return self.session_class()
        return super().open_session(app, request)
