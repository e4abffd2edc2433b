"""The portal's pages of agreements and processor accounts."""
