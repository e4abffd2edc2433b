"""What every address of the API shares: keys, bodies, pages of rows, problems, repeated writes."""
