"""Parses the responses of calendars and property management systems into values; pure."""
