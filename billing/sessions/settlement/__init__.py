"""The final price of a session: settled, captured, reviewed, corrected after a late stop."""
