"""Say at the end what was not run, and why; under CI=true that is a failure.

A test that needs something this machine lacks skips with the reason. On a person's machine a list is enough;
where a change is judged, a test that did not run has proved nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pytest

OF_WORKER = "not_run"
NOTHING_FAILED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


@dataclass(eq=False)  # pytest keeps its plugins in sets.
class NotRun:
    """Collects every skipped test or module, and judges when the session ends."""

    strict: bool
    reasons: dict[str, str] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # An expected failure did run, though pytest reports it as skipped.
        if report.skipped and not hasattr(report, "wasxfail"):
            self.reasons[report.nodeid] = reason_of(report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.reasons[report.nodeid] = reason_of(report.longrepr)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Where the tests are shared out to several processes, take over what each of them has not run."""
        self.reasons |= getattr(node, "workeroutput", {}).get(OF_WORKER, {})

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[OF_WORKER] = self.reasons
        if self.strict and self.reasons and exitstatus in NOTHING_FAILED:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.reasons:
            return
        terminalreporter.section("not run" + (", which fails under CI=true" if self.strict else ""))
        for what, why in self.reasons.items():
            terminalreporter.line(f"not run: {what}: {why}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(NotRun(strict=os.environ.get("CI") == "true"), "saduak-not-run")


def reason_of(longrepr: object) -> str:
    """Return the reason given to `skip`, without pytest's own decoration."""
    reason = str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)
    return reason.removeprefix("Skipped: ").removeprefix("not run: ")
