"""Users' own accounts: log-in, addresses, second-factor links, mails."""
