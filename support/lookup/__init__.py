"""What a question is about, looked up: the charger, the session, the bill, the plan, the payout."""
