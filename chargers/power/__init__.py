"""A property's power limit: outlets, allocation and the charging profiles that carry it out."""
