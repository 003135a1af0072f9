"""THE LAW: what a number, a text, a key, a limit, a state and an outcome are; no I/O, no clock."""
