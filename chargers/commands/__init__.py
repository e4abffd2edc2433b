"""Commands to chargers, from the form to the effect: built, queued, sent, and their results described."""
