"""Messages to guests before they arrive."""
