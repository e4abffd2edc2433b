"""Passwords hashed quickly, in the product's own format: a server of a test, with the product's settings, reads them."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    iterations = 1
