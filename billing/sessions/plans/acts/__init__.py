"""What people do with plans."""
