"""Every possible person at once: sets of people as diagrams, for proofs (`dialogs.proof`) and for reasons (`dialogs.reasons`)."""
