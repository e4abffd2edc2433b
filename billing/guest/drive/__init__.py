"""Drivers' own pages: account, history, cards, plans.

They work without scripts; drivers have no access to the portal.
"""
