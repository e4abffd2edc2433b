"""Statements as documents: periods closed, their files, the members they are sent to. The months: `books`."""
