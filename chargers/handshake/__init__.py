"""The door of the gateway: who may connect, why not, and what a refused handshake means."""
