"""What deviates in one exchange, or between several, as functions of facts alone. Pure."""
