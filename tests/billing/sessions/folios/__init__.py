"""Sessions on the bill of a stay."""
