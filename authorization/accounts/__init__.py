"""People's own accounts: log-in, addresses, the second factor's links, mails."""
