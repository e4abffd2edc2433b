"""The portal's pages of the payout cycle."""
