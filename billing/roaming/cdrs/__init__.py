"""CDRs: made once of the rating of the receipt, credited where it changes, checked, pushed at least once."""
