"""What coordinators do with their rule book from the command line, one file for each command."""
