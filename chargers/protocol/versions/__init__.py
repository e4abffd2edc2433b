"""The translators between payloads of OCPP 1.6, 2.0.1 and 2.1 and events. Pure."""
