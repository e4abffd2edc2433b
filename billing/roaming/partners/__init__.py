"""Partners: connections, the tokens that they use with us, our roles, their roles and endpoints."""
