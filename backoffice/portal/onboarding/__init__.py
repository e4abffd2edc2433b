"""The steps that a host still needs before its first guest can pay."""
