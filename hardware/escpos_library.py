"""python-escpos, without what it leaves behind when it is imported; the only module that imports it.

It calls `logging.basicConfig`, which would take the log out of the hands of whoever sets it up, and makes a
folder for a pickle among the temporary files at every start, which nobody removes, and cannot be imported where there
is no room for it.
"""

import logging
import os
import pickle
import shutil

_HANDLERS_BEFORE = list(logging.getLogger().handlers)
_PICKLES_BEFORE = pickle.dump
if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
    pickle.dump = lambda *_how, **_named: None  # Nobody would ever read it, and a full disk is to be told by us.

from escpos import capabilities, printer  # noqa: E402 - the lines above must come first.
from escpos.capabilities import Profile  # noqa: E402
from escpos.exceptions import DeviceNotFoundError, USBNotFoundError  # noqa: E402
from escpos.printer import Dummy, Network, Serial, Win32Raw  # noqa: E402

__all__ = ["DeviceNotFoundError", "Dummy", "Network", "Profile", "Serial", "USBNotFoundError", "Usb", "Win32Raw"]

logging.getLogger().handlers[:] = _HANDLERS_BEFORE
pickle.dump = _PICKLES_BEFORE
if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)


class Usb(printer.Usb):  # type: ignore[misc]  # because python-escpos carries no types.
    """python-escpos' USB printer, which would be reset at every opening: also while it still prints a slip."""

    def _configure_usb(self) -> None:
        import usb.core

        try:
            self.device.get_active_configuration()
        except usb.core.USBError:
            self.device.set_configuration()
