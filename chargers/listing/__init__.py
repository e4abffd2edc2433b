"""The list of chargers: filters, columns, order, tags; figures about money are elsewhere."""
