"""The docket of a partner: what in its exchanges deviates from OCPI, by which clause, who is wrong, a mail about it."""
