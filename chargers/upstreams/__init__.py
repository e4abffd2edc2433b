"""The configuration of chargers' other back offices: rows, roles, id translation. Live connections: `proxy`."""
