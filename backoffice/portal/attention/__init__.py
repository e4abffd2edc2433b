"""What needs a person: causes, rows ranked by money, and what people decide about a row."""
