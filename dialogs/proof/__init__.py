"""Proofs about rules and questions over the whole answer space: every possible person at once, not samples."""
