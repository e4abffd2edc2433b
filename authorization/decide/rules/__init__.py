"""The rules of the chain, one small function per step. Pure."""
