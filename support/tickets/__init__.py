"""Tickets: opened, answered, escalated, merged, closed; their messages, files and due times. No mail and no pages."""
