"""Sessions paid with the bill of a stay: checked before they start, posted once they are settled."""
