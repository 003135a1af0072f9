"""THE EMBASSY: turns submissions into outcomes and callbacks into receipts; decides nothing."""
