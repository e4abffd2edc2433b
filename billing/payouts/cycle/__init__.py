"""Payouts to hosts: what each consists of, comes to, and becomes. What is agreed and where it goes is `payees`."""
