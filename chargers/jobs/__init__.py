"""One thing done at many chargers: its plan, its waves, how each charger ended; not who may do it."""
