"""Commands of partners: received, ordered from chargers, and their asynchronous results."""
