"""The payees of the platform: agreements with hosts, and their bank accounts. Amounts are calculated in `cycle`."""
