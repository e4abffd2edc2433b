"""A quick password hash in the product's format, so that a server with the product's settings can read it."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    iterations = 1
