"""Messages to guests' browsers (Web Push, RFC 8030): who asked for them, which are due, how they are sent."""
