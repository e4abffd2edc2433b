"""The chargers themselves: registered, connected, in which condition, and what they report."""
