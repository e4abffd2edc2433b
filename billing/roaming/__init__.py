"""Roaming by OCPI as a CPO: partners, what is shared with them, what they order, and what was exchanged."""
