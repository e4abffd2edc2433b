"""Published objects: stored in the form of OCPI 2.2.1, with their last_updated, and the partners to notify."""
