"""The first page: a period's figures, charts, and whether the page has changed."""
