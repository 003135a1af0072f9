"""Cluster doors: thin, and never imported by outreach."""
