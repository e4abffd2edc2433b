"""The pages on which agents connect partners, see how the connection is, and debug what was exchanged."""
