"""Looks up what a question is about: the charger, the session, the bill, the plan, the payout."""
