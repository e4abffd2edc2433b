"""Stored sentences: codes with facts, and the sentences about commands; pure. It renders no pages."""
