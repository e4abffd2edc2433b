"""Tariffs: rates as OCPI elements, by version; what cannot be said in them, in words."""
