"""A host's colour and logo: checked, stored, and written for browsers. The pages and labels with them are elsewhere."""
