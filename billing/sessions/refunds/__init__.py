"""Refunds of sessions: approved, routed and sent; suggestions and complaints that lead to them."""
