"""What the price engine says: lines with reasons, and their JSON form. Pure."""
