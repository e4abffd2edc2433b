"""The agents' pages of the desk."""
