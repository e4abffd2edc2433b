"""The systems that can be connected, one folder each, whose `SYSTEM` is its catalogue entry. They store nothing."""
