"""What people do in `incidents`: permission, change and audit entry in one transaction."""
