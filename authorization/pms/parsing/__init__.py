"""What calendars and property management systems answer, as values; pure. It asks nobody."""
