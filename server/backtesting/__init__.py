"""The estimate of wait tried on a real queue log: what would it have told each ticket, and how long did that wait?

Nothing is known before it happened: a log is lived through in the order of its minutes, a wait is learned from when its
ticket is called, and `server.domain.estimating` is asked as the server asks it. Simple estimators are asked beside it.
"""

from server.backtesting.log import LogUnusable, read_log
from server.backtesting.replay import back_test
from server.backtesting.telling import report
from server.backtesting.verdict import judge

__all__ = ["LogUnusable", "back_test", "judge", "read_log", "report"]
