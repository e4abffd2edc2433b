"""Guests for a while: stays, requests for access, reimbursement contracts."""
