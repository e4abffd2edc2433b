"""Charts drawn by the server: SVG from zero, labelled directly, each with a table."""
