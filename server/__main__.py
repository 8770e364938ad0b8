"""The way in. The only file that names eventlet: patching must come before every other import."""

import contextlib
import os
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

    from server.app import House

SERVING = "serve"
AGENT = "agent"


def main() -> None:
    """Run the command line; for `serve`, prepare the async mode first; for `agent`, load nothing of the server."""
    mode = os.environ.get("SADUAK_ASYNC") or "eventlet"
    if len(sys.argv) > 1 and sys.argv[1] == AGENT:
        _run_agent()
    elif len(sys.argv) > 1 and sys.argv[1] == SERVING and mode == "eventlet":
        _run_on_eventlet()
    elif len(sys.argv) > 1 and sys.argv[1] == SERVING and mode == "gevent":
        _run_on_gevent()
    else:
        _run_on_threads()


def _run_agent() -> None:
    from hardware.agent_command import agent  # And nothing of the server: it starts at once, on a small machine.

    agent(sys.argv[2:], prog_name="saduak agent")


def _run_on_eventlet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It calls itself deprecated; decision 0001 says why it is here.
        import eventlet
        import eventlet.tpool
        import eventlet.wsgi

        eventlet.monkey_patch()
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")  # psycopg's own C waiting would stop every green thread.

    from server.cli import cli
    from server.listening.accepting import Accepting
    from server.listening.protocol import KnowsItsConnection
    from server.loop import Loop

    class Handler(KnowsItsConnection, eventlet.wsgi.HttpProtocol):  # type: ignore[misc]  # because eventlet is untyped.
        def _read_request_line(self) -> bytes:
            self.waits()
            return super()._read_request_line() if self.is_sending() else b""

        def parse_request(self) -> bool:
            return self.reads_strictly(super().parse_request)

        def get_environ(self) -> dict[str, Any]:
            return self.marks(super().get_environ(), self.connection)

        def finish(self) -> None:
            try:
                self.lingers(self.connection)
                super().finish()
            finally:
                self.__dict__.pop("environ", None)  # It knows us: two that keep each other wait to be collected.
                self.connections.forget(self.client_address, self.connection)

    def serve(house: "House", listener: "socket.socket") -> None:
        green = eventlet.greenio.GreenSocket(listener) if not hasattr(listener, "fd") else listener
        Handler.connections = house.connections
        accepting = Accepting(green, house.connections, eventlet.sleep)
        most = house.connections.most + 1  # Nobody who was let in waits for another to go.
        eventlet.wsgi.server(
            accepting, house.app, log_output=False, max_size=most, socket_timeout=75, debug=False, protocol=Handler
        )

    native_lock = eventlet.patcher.original("threading").RLock
    loop = Loop(eventlet.sleep, eventlet.tpool.execute, cooperative=True, native_lock=native_lock)
    cli(obj={"loop": loop, "serve": serve})


def _run_on_gevent() -> None:
    import gevent.monkey

    gevent.monkey.patch_all()
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")

    import gevent
    from gevent.pywsgi import WSGIHandler, WSGIServer

    from server.cli import cli
    from server.listening.accepting import close_at_once
    from server.listening.protocol import KnowsItsConnection
    from server.loop import Loop

    class Handler(KnowsItsConnection, WSGIHandler):  # type: ignore[misc]  # because gevent is untyped here.
        def read_requestline(self) -> str:
            self.waits()
            return super().read_requestline() if self.is_sending() else ""

        def read_request(self, requestline: str) -> bool:
            return self.reads_strictly(lambda: super(Handler, self).read_request(requestline))

        def get_environ(self) -> dict[str, Any]:
            if self.doubt or self.chunked:
                self.content_length = None
            return self.marks(super().get_environ(), self.socket)

        def handle(self) -> None:
            with contextlib.suppress(OSError):  # Whom we tell that it was a bad request is often gone.
                super().handle()

        def handle_one_request(self) -> Any:
            result = super().handle_one_request()
            self.lingers(self.socket)
            return result

        def ends(self) -> None:
            super().ends()
            if getattr(self, "wsgi_input", None):
                self.wsgi_input.content_length = 0  # Else all that still comes would be read first.

    class Server(WSGIServer):  # type: ignore[misc]
        def do_read(self) -> Any:
            """Return the next connection and its address; None to be asked again in the loop's next turn."""
            found = super().do_read() if Handler.connections.make_room() else None
            if found and Handler.connections.admit(*found) is None:
                close_at_once(found[0])
                return None
            return found

        def handle(self, sock: "socket.socket", address: tuple[Any, ...]) -> None:
            try:
                super().handle(sock, address)
            finally:
                Handler.connections.forget(address, sock)

    def serve(house: "House", listener: "socket.socket") -> None:
        Handler.connections = house.connections
        Server(listener, house.app, log=None, handler_class=Handler, error_log=None).serve_forever()

    def blocking(work: object) -> object:
        return gevent.get_hub().threadpool.apply(work)

    native_lock = gevent.monkey.get_original("_thread", "RLock")
    loop = Loop(gevent.sleep, blocking, cooperative=True, native_lock=native_lock)
    cli(obj={"loop": loop, "serve": serve})


def _run_on_threads() -> None:
    from server.cli import cli
    from server.loop import Loop

    def serve(house: "House", listener: "socket.socket") -> None:
        from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

        from server.listening.accepting import Accepting
        from server.listening.protocol import KnowsItsConnection

        class Handler(KnowsItsConnection, WSGIRequestHandler):
            connections = house.connections

            def connection_dropped(self, error: BaseException, environ: object = None) -> None:
                self.close_connection = True  # Else what a WebSocket still sends is read as the next HTTP request.

            def parse_request(self) -> bool:
                return self.reads_strictly(super().parse_request)

            def make_environ(self) -> dict[str, Any]:
                return self.marks(super().make_environ(), self.connection)

            def finish(self) -> None:
                try:
                    super().finish()
                finally:
                    self.connections.forget(self.client_address)

        class Server(ThreadedWSGIServer):
            def get_request(self) -> tuple[Any, Any]:
                return accepting.accept()

        host, port = listener.getsockname()[:2]
        server = Server(host, port, house.app, Handler, fd=listener.fileno())
        accepting = Accepting(server.socket, house.connections, time.sleep)
        server.serve_forever()

    cli(obj={"loop": Loop(), "serve": serve})


if __name__ == "__main__":
    main()
