"""Fuzz targets: one file each, a function `check(data)` that raises where a promise does not hold (docs/fuzzing.md)."""
