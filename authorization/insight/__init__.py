"""Views across decisions: refusals, remedies, disagreements, who stopped a session."""
