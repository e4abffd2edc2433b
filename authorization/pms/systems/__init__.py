"""The systems that can be connected, a folder for each, whose `SYSTEM` is its catalogue entry. They store nothing."""
