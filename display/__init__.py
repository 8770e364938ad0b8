"""The waiting room's screen. It only looks."""
