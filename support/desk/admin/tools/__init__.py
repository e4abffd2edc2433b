"""The tools of a ticket's page: what each asks for, its preview, and the act that it calls."""
