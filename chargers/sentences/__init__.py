"""Sentences as they are stored, a code with its facts, and what commands say by them; pure. It renders no page."""
