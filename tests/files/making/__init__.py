"""Makes the sample files as district offices make them; see `make_samples`."""
