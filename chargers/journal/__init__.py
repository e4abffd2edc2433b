"""The wire journal: group commit of charger messages, the live connection, and the results of flows."""
