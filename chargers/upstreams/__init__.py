"""Other back offices of chargers as people arrange them: rows, roles, id translation. Live connections: `proxy`."""
