"""Bytes and wires: the slip's picture, ESC/POS printers and their simulator. Knows nothing of queues."""
