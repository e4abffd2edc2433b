"""Handshakes: who may connect, why others may not, and explanations of refusals."""
