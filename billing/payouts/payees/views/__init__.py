"""The portal's pages of payees."""
