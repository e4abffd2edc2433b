"""Paying hosts: what they are owed, what is sent, what the bank reports, and the documents about it."""
