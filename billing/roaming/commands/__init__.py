"""Commands of partners: received, sent to chargers, and their asynchronous results."""
