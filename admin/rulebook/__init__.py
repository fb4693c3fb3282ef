"""The rule book for those who answer for it: to read, to try a change on people, to release it with a second person."""
