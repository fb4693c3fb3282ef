"""The office door: what case managers see, and the desk as an application of its own."""
