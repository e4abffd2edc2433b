"""What people do in `tickets`: permission, change and audit entry in one transaction."""
