"""The portal's pages of refunds."""
