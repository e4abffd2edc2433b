"""What billing stores as a code with its facts: the codes and the pattern of each, by noun; pure."""
