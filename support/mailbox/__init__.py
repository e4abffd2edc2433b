"""Mails of tickets: threaded replies, incoming mails that become messages, and protection against mail loops."""
