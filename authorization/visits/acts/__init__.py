"""What people do in `visits`: permission, change and audit entry in one transaction."""
