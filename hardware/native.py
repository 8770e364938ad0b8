"""Python's own threads, locks and processes, whatever the server has put in their place.

Eventlet and gevent replace `threading`, `subprocess` and parts of `os` by green ones. A green thread cannot be left
behind when a system call hangs, and a green lock is not safe between real threads; so what must not hang its caller
is built on fresh copies of the interpreter's C modules, which nobody has patched.
"""

import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType


def unpatched(name: str) -> ModuleType:
    """Return a fresh copy of a built-in C module; raises ImportError where this Python has none of that name."""
    found = importlib.machinery.BuiltinImporter.find_spec(name)
    if found is None or found.loader is None:
        raise ImportError(f"{name} is not built into this Python")
    copy = importlib.util.module_from_spec(found)
    found.loader.exec_module(copy)
    return copy


threads = unpatched("_thread")
system = os if sys.platform == "win32" else unpatched("posix")
"""`os`, where writing to a full pipe answers so at once, and a process may be started from any thread."""
