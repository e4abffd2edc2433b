"""A property's taxes."""
