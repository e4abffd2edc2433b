"""The first page: figures of a period, charts, and whether the page has changed."""
