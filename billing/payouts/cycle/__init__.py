"""Payouts to hosts: their contents, amounts and states. Agreements and bank accounts are in `payees`."""
