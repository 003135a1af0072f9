"""What other programs tell us: answered in JSON, each with a secret of its own."""
