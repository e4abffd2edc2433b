"""Deviations from OCPI as data: the clause, what we do about it, and what its author has to change. Pure."""
