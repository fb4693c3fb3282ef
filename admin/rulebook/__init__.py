"""What coordinators do with the rule book of their county, apart from the conversations that run on it."""
