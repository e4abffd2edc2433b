"""The eleven topics of support: what each asks for, checks and does. Pure; no tickets and no people."""
