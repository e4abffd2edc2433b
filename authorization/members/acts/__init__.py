"""Acts of `members`: permission, change and audit entry in one transaction."""
