"""The chargers themselves: registration, connection, condition and reports."""
