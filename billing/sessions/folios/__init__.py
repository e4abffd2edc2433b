"""Sessions that are paid with the bill of a stay: asked before they start, posted once they are settled."""
