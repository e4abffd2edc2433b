"""OCPP as values: frames, schemas, events, and a translator for each version. Pure: no Django, no sockets."""
