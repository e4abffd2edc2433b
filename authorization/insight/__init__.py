"""Decisions seen together: refusals, remedies, disagreements, who stopped a session."""
