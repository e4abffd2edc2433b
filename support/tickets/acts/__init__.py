"""Acts of `tickets`: permission, change and audit entry in one transaction."""
