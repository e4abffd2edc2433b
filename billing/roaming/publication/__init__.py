"""Published objects: kept as OCPI 2.2.1 writes them, their last_updated, and who has to be told."""
