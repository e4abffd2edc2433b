"""Home charging that an employer reimburses."""
