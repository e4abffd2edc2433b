"""Transactions as reported by chargers, and the outlets they occupy. Their cost is calculated in billing."""
