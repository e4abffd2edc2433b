"""Statements as documents: closing periods, their files, and their recipients. Monthly figures are in `books`."""
