"""Faults: each one planted, on both databases, against the real public door."""
