"""A session's price at its end: settled, captured, reviewed, corrected after a late stop."""
