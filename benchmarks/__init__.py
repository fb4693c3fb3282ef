"""The project's own figures. Nothing here is imported by the program, and nothing here is a test."""
