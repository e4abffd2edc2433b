"""The assistant: the topic that somebody's words mean, the conversation's next turn, what is looked up, its record."""
