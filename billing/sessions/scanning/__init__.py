"""What a guest scans: the text of a code told apart, a photo decoded, and where either leads."""
