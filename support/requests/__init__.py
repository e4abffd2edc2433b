"""Requests for help as they come in: by a form, by mail, from the recovery of a charger; each opens a ticket."""
