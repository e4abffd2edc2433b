"""User actions on chargers: each checks permission, makes the change and writes the audit entry.

Pages, API and admin call them.
"""
