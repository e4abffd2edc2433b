"""A host's colour and logo: checked, stored, written for browsers. Pages and labels that show them are elsewhere."""
