"""The manager's pages: figures that can be checked down to the ticket, and printed."""
