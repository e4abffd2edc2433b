"""The REST API of support: tickets and timelines; and the endpoint of assistants (`mcp`)."""
