"""What needs a person: causes, rows ranked by money, and people's decisions about a row."""
