"""Refunds of sessions: approved, routed, attempted; suggestions and complaints that lead to them."""
