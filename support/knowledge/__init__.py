"""The knowledge base: articles by topic and reason, with versions and full-text search; no pages and no tickets."""
