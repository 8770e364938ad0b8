"""Static files of every screen under one path that carries the build, so that relative imports inherit it."""

import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

from hardware.typesetting import SARABUN
from server.settings import ROOT

YEAR_SECONDS = 31_536_000
_SOCKET_IO = ROOT / "node_modules" / "socket.io-client" / "dist"


def static_folders() -> dict[str, Path]:
    """Return the folder behind each first part of a static path."""
    return {
        "ui": ROOT / "server/web/static/ui",
        "reports": ROOT / "server/reports/static",
        "administration": ROOT / "server/administration/static",
        "kiosk": ROOT / "kiosk/static",
        "counter": ROOT / "counter/static",
        "display": ROOT / "display/static",
        "lib": _SOCKET_IO,
        "fonts": SARABUN,
    }


def build_id() -> str:
    """Return a short id of what all our static files contain: a changed file changes every path."""
    digest = hashlib.sha256()
    for name, folder in static_folders().items():
        if name not in {"fonts", "lib"}:
            for file in sorted(each for each in folder.rglob("*") if each.is_file()):
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:10]


def import_map(build: str) -> str:
    """Return the import map that the pages carry: `@ui/` is ours, `socket.io-client` the npm package's module."""
    imports = {
        "@ui/": f"/static/{build}/ui/",
        "socket.io-client": f"/static/{build}/lib/socket.io.esm.min.js",
    }
    return json.dumps({"imports": imports}, separators=(",", ":"))


def assets_blueprint(build: str) -> Blueprint:
    """Return the blueprint that serves them; they never change under their path, so they are kept for a year."""
    blueprint = Blueprint("assets", __name__)
    folders = static_folders()

    @blueprint.get(f"/static/{build}/<folder>/<path:file>")
    def static(folder: str, file: str) -> Response:
        if folder not in folders:
            raise NotFound
        response = send_from_directory(folders[folder], file, max_age=YEAR_SECONDS)
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        return response

    return blueprint
