"""The issuance desk: hands out slips and never sees an answer. It holds no keys and imports nothing that reads a case."""
