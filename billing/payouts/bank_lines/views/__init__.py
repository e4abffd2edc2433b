"""The portal's pages of bank lines."""
