"""What people do with bank lines."""
