"""One function for each event of a charger: the only place where the apps meet for its message."""
