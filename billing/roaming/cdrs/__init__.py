"""CDRs: made once from the receipt's rating, credited if it changes, checked, and pushed at least once."""
