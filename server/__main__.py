"""The way in. The only file that names eventlet: patching must come before every other import."""

import os
import sys
import warnings
from typing import TYPE_CHECKING

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
    from server.loop import Loop

    def serve(house: "House", listener: "socket.socket") -> None:
        green = eventlet.greenio.GreenSocket(listener) if not hasattr(listener, "fd") else listener
        eventlet.wsgi.server(green, house.app, log_output=False, max_size=4096, socket_timeout=75, debug=False)

    native_lock = eventlet.patcher.original("threading").RLock
    loop = Loop(eventlet.sleep, eventlet.tpool.execute, cooperative=True, native_lock=native_lock)
    cli(obj={"loop": loop, "serve": serve})


def _run_on_gevent() -> None:
    import gevent.monkey

    gevent.monkey.patch_all()
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_select")

    import gevent
    from gevent.pywsgi import WSGIServer

    from server.cli import cli
    from server.loop import Loop

    def serve(house: "House", listener: "socket.socket") -> None:
        WSGIServer(listener, house.app, log=None).serve_forever()

    def blocking(work: object) -> object:
        return gevent.get_hub().threadpool.apply(work)

    native_lock = gevent.monkey.get_original("_thread", "RLock")
    loop = Loop(gevent.sleep, blocking, cooperative=True, native_lock=native_lock)
    cli(obj={"loop": loop, "serve": serve})


def _run_on_threads() -> None:
    from server.cli import cli
    from server.loop import Loop

    def serve(house: "House", listener: "socket.socket") -> None:
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Handler(WSGIRequestHandler):
            def connection_dropped(self, error: BaseException, environ: object = None) -> None:
                self.close_connection = True  # Else what a WebSocket still sends is read as the next HTTP request.

        host, port = listener.getsockname()[:2]
        make_server(host, port, house.app, threaded=True, fd=listener.fileno(), request_handler=Handler).serve_forever()

    cli(obj={"loop": Loop(), "serve": serve})


if __name__ == "__main__":
    main()
