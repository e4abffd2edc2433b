"""The portal's pages of overview."""
