"""The agents' admin: base classes, search, second factor."""
