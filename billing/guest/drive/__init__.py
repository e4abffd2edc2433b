"""A driver's own pages: account, history, cards, plans. They need no script; the portal is not for drivers."""
