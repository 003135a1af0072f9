"""THE NOTICE BOARD: what the processes of a cluster tell each other by Redis, and may lose."""

from outreach.board.connection import Board, GoneError, fault_of

__all__ = ["Board", "GoneError", "fault_of"]
