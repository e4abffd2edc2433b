"""Shared parts of charger pages: the frame of a charger, pictures, forms. No views and no decisions."""
