"""Acts on plans and drivers' accounts."""
