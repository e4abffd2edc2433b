"""Tickets as lists: by queue, found by words and with typos, and by the portal's search."""
