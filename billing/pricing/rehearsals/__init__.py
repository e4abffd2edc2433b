"""Rehearsals: what a rate would have cost in a month of real sessions."""
