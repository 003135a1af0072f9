"""THE COUNT: what carriers, the app and people themselves tell of the campaigns."""
