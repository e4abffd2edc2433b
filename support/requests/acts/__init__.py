"""Acts of `requests`: permission, change and audit entry in one transaction."""
