"""What people do with refunds."""
