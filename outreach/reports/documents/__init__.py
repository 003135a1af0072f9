"""Official documents: what they say (`model`), and the files they become."""
