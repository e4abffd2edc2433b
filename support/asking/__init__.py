"""How guests, drivers and hosts ask for help: forms, files, the conversation's next turn."""
