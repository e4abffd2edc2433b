"""The settings of the tests: the product's own, with the tests' database backend and a quick hash of passwords."""

from backoffice import settings as product
from backoffice.settings import *  # noqa: F403

DATABASES = {"default": {**product.DATABASES["default"], "ENGINE": "tests.kit.postgresql"}}
PASSWORD_HASHERS = ["tests.kit.hashing.QuickHasher"]
STYLE_GUIDE = True
