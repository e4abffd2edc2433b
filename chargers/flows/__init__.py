"""One function for each charger event, the only place where all apps handle its message."""
