"""Mails of tickets: replies that thread, mails that come in and become messages, loops that end here."""
