"""The output of the price engine: lines with reasons, and their JSON form. Pure."""
