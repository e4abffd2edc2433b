"""What people do in `members`: permission, change and audit entry in one transaction."""
