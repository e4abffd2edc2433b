"""Card processors, the books, daily totals, and webhooks to hosts' systems."""
