"""Passwords hashed quickly, in the format of the product, so that a server with its settings can read them."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    iterations = 1
