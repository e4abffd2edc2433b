"""The knowledge base: articles by topic and reason, kept in versions, found by words; no pages and no tickets."""
