"""FRONT DOOR: carriers' callbacks, health and metrics."""
