"""What card processors and banks call and show: an edge, with its addresses."""
