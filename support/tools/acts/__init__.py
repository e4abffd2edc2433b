"""Acts of `tools`: permission, change and audit entry in one transaction."""
