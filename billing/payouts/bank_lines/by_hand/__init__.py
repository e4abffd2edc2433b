"""Manual decisions about bank lines: matches, answers, postings, and their reversal."""
