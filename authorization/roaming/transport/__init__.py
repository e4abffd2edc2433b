"""OCPI's transport: the Authorization header, the envelope, times, pages, routing and correlation; pure."""
