"""The demonstration day: a real day's arrivals, lived through HTTP and sockets by simulated people."""

from server.demo.day import DemoOptions, run_demo

__all__ = ["DemoOptions", "run_demo"]
