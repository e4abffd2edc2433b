"""The exchange journal: every request with its answer, in and out, with masked tokens, searchable by its ids."""
