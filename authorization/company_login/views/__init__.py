"""Pages of `company_login`."""
