"""Lists of tickets: by queue, by full-text search with typos, and for the portal's search."""
