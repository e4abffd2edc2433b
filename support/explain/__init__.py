"""One timeline of what happened, from the facts of all apps."""
