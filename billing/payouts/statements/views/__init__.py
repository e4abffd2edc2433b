"""The portal's pages of statements."""
