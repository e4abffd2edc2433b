"""Acts on refunds and complaints."""
