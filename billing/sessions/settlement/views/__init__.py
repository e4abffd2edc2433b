"""The portal's pages of settlement."""
