"""Acts of `visits`: permission, change and audit entry in one transaction."""
