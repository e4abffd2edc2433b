"""What banks report: CAMT, MT940 and CSV read into the same lines, problems beside them. It matches nothing."""
