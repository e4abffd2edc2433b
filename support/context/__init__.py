"""What the system knows about a ticket: charger, attempts, session, money, faults, and the likely cause."""
