"""A crowd: many officers as real clients on thousands of tickets; every call is counted, from the events."""
