"""What people do on tickets: agents, and those who ask."""
