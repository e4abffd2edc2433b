"""Tariffs: rates as OCPI elements, by version; what elements cannot express is added as text."""
