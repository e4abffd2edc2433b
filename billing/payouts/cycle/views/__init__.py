"""The portal's pages of cycle."""
