"""Roaming by OCPI as a CPO: partners, what is shared with them, their commands, and the exchange journal."""
