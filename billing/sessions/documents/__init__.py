"""Receipts and their numbers, the outbox that mails them, labels, fonts, tax numbers."""
