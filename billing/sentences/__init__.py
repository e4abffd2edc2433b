"""Sentences that billing stores as a code with its facts: the codes and their patterns, by noun. Pure."""
