"""Acts of `incidents`: permission, change and audit entry in one transaction."""
