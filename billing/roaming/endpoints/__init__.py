"""What we offer: our versions, and where the modules of each are."""
