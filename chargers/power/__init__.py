"""A property's power limit: outlets, allocation and the charging profiles that enforce it."""
