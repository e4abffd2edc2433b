"""What cards used in a month, for their budgets, and sessions that a used-up budget ends."""
