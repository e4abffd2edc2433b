"""Acts of `tokens`: permission, change and audit entry in one transaction."""
