"""The topics of support, a folder for each: what it asks for, checks and does. Pure; no tickets and no people."""
