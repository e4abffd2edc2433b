"""The tools of a ticket's page: what each would do, in words (previews), and the acts that do it."""
