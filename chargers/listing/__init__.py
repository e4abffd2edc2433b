"""Chargers as a list: filters, columns, order, tags; not what the page shows of money."""
