"""What people do in `requests`: permission, change and audit entry in one transaction."""
