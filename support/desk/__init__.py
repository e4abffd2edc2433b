"""The agents' desk: its first page, the queue of tickets, a ticket with its tools, requests by telephone."""
