"""Incoming requests for help: by form, by mail, from a charger's recovery; each opens a ticket."""
