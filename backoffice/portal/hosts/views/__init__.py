"""The portal's pages of hosts."""
