"""What the pages share on which guests, drivers and hosts ask for help: forms, files, a conversation's next turn."""
