"""How a payout is sent: by the card processor, or in a payment file for the platform's bank."""
