"""What people do in `tools`: permission, change and audit entry in one transaction."""
