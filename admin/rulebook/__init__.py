"""The rule book for those who answer for it, on pages and from the command line: read, try on people, release by two."""
