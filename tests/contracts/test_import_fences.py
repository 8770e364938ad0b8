"""What import-linter cannot say: the fences that hold against every package there is, now and later."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["server", "kiosk", "counter", "display", "hardware"]
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
RULES = [path for path in MODULES if path.is_relative_to(ROOT / "server" / "domain")]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_the_main_module_names_eventlet(path: Path) -> None:
    if path == ROOT / "server" / "__main__.py":
        return

    assert "eventlet" not in {imported.partition(".")[0] for imported in imports(path)}


@pytest.mark.parametrize("path", RULES, ids=name)
def test_the_rules_import_nothing_but_python(path: Path) -> None:
    foreign = {
        imported
        for imported in imports(path)
        if imported.partition(".")[0] not in sys.stdlib_module_names
        and not (imported + ".").startswith("server.domain.")
    }

    assert foreign == set()


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of each module a file imports, also inside functions and by `import_module`."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module="server", names=names, level=0):
                yield from (f"server.{alias.name}" for alias in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                base = package[: len(package) - level + 1] if level else ()
                if module:
                    yield ".".join((*base, module))
                else:
                    yield from (".".join((*base, alias.name)) for alias in names)
            case ast.Call(func=ast.Name(id=call) | ast.Attribute(attr=call), args=[ast.Constant(value=str(named)), *_]):
                if call in {"import_module", "__import__", "import_patched", "find_spec"}:
                    yield named
