"""The exchange journal: every request with its answer, in and out, tokens masked, found by its ids."""
