"""The portal's pages of alerts."""
