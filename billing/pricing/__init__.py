"""Rates, taxes, benefits of plans, session facts as inputs of the price engine, and rehearsals."""
