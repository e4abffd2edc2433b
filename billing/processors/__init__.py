"""Card processors behind one protocol."""
