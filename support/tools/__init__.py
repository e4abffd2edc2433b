"""The tools of a ticket's page: previews of their effect as text, and the acts that do it."""
