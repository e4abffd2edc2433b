"""From what somebody pasted or typed to the page of the portal that shows it."""
