"""The price engine: pure, exact, and with a reason for every amount."""
