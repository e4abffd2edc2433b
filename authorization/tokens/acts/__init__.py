"""What people do in `tokens`: permission, change and audit entry in one transaction."""
