"""Partners: connections, the tokens that they show us, our roles, their roles and endpoints."""
