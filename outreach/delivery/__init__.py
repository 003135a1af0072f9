"""ENGINE ROOM: sends what is due, judges the answers, settles the receipts, sweeps up."""
