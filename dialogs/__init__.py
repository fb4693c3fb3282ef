"""What is decided: questions, answers, rules, referrals. Pure: no clock, no network, no database, no log, no chance."""
