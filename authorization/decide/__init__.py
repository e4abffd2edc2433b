"""Whether a token may charge: facts loaded, the chain run, its trace stored. `rules` and `reasons` are pure."""
