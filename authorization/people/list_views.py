"""Saved views and columns of a list, as a user sees them."""

from django.db.models import Q, QuerySet

from authorization.models import ListPreference, SavedView, User
from authorization.people import access
from authorization.people.roles import Right


def visible_saved_views(user: User, *, page: str) -> QuerySet[SavedView]:
    """Returns the user's own views, and those shared with the user's hosts."""
    shared = Q(host__in=access.hosts_with(user, Right.SEE))
    return SavedView.objects.filter(Q(user=user) | shared, page=page)


def preference(user: User, *, page: str) -> ListPreference:
    """Returns the stored preference, or an unsaved empty one. One query."""
    list_preference = ListPreference.objects.select_related("default_view").filter(user=user, page=page).first()
    return list_preference or ListPreference(user=user, page=page)
