"""Users' preferences for the portal's lists."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from authorization.models.people import User
from chargers.models import Host
from chargers.models.free_text import FreeText


class SavedView(models.Model):
    """A saved list: its filters and order as in the address, and its columns.

    `host`: the host that it is shared with.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    host = models.ForeignKey(
        Host, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_views", help_text="Null: own."
    )
    page = models.CharField(max_length=20, help_text="The list: chargers.")
    name = FreeText(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    columns = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "page", Lower("name"), name="savedview_name_unique_of_person"),
            models.CheckConstraint(condition=~Q(name=""), name="savedview_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ListPreference(models.Model):
    """A list's columns as chosen by a user, and the view that the list opens with."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="list_preferences")
    page = models.CharField(max_length=20)
    columns = models.JSONField(default=list, help_text="Empty: the usual ones.")
    default_view = models.ForeignKey(SavedView, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="listpreference_one_a_list")]

    def __str__(self) -> str:
        return f"{self.page} of {self.user}"
