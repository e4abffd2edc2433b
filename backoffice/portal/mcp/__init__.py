"""The Model Context Protocol for operators' assistants: read-only, with the same keys and permissions."""
