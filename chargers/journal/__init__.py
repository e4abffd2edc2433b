"""The wire journal: group commit of what chargers say, the live connection, what a flow returns."""
