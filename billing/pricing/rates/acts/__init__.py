"""What people do with rates."""
