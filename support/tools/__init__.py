"""What the tools of a ticket's page would do, in words. Nothing is done here: `support.acts` does it."""
