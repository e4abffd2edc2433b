"""Temporary guests: stays, access requests, reimbursement contracts."""
