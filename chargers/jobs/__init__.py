"""Jobs at many chargers: plans, waves and results. Permissions are checked elsewhere."""
