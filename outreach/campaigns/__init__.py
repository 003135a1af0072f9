"""THE STUDY: who is written to, with which words, at what cost, and when."""
