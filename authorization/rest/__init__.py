"""The common parts of all API addresses: keys, bodies, pagination, problems, repeated writes."""
