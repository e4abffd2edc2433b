"""The portal's pages of rates."""
