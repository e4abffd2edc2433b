"""The calendar and the arithmetic of subscription periods. Pure."""
