"""The tools of a ticket's page: what each asks for, what it shows before it acts, and the act that it calls."""
