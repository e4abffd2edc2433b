"""What people decide about bank lines: matched by hand, answered, and matches taken back."""
