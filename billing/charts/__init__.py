"""Charts as the server draws them: SVG from zero, labelled directly, with a table behind."""
