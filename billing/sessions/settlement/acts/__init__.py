"""What people do with settlement."""
