"""What needs a person, and figures for the first page."""
