"""Statements as documents: periods closed, their files, and who is sent them. The months themselves: `books`."""
