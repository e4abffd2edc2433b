"""The API of payees."""
