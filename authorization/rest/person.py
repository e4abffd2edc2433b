"""The user for whom a key acts, for things that belong to a user: saved views, mails of statements, tickets."""

from rest_framework.exceptions import PermissionDenied

from authorization.models import ApiKey, User

_NOBODY = (
    "This belongs to a person, and the key acts for nobody: make one in the portal under Settings, which acts for you."
)


def get_creator(key: ApiKey) -> User:
    """Returns the user who created the key, while the account is open. Raises PermissionDenied (403)."""
    if key.made_by is None or not key.made_by.is_active:
        raise PermissionDenied(_NOBODY)
    return key.made_by
