"""The assistant: recognizes the topic, chooses the next turn, looks things up, and records the conversation."""
