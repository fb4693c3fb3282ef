"""Model-based tests: the real conversation and database beside a small model that says what must be there (docs/fuzzing.md)."""
