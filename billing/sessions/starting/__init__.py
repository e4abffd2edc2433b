"""A guest's start, from the landing page through the payment to the running charge."""
