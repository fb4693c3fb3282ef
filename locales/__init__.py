"""Words: which German sentences there are, their translations, direction, negotiation, the state of review.

Nothing is imported here, so that `locales.sources` stays free of Babel: import from the file that holds the thing.
"""
