"""The rules of the queue: pure functions and frozen dataclasses, standard library only, `now` is an argument."""
