"""The facts of a session as the price engine wants them, benefits of plans, rehearsals."""
