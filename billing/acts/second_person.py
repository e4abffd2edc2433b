"""Who acts behind an API key: the second person is not the one who asked, neither by login nor with a key."""

from authorization import audit
from authorization.models import ApiKey, User

_KEY = "api:"


def is_behind(user: User, actor: str) -> bool:
    """Whether this person did what `actor` did, or may have. A key without a maker acts for every agent."""
    if not actor.startswith(_KEY):
        return actor == audit.actor(user)
    key = ApiKey.objects.filter(prefix=actor.removeprefix(_KEY)).select_related("made_by").first()
    return key is None or key.made_by is None or key.made_by == user
