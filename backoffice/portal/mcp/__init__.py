"""What an operator's assistant asks: the Model Context Protocol, read-only, over the same keys and permissions."""
