"""The admin page of answers about chargers' lights and beeps."""

from django.contrib import admin

from support.admin_site.base import MassFacts
from support.admin_site.search import Keys
from support.admin_site.site import agents
from support.models import SignAnswer


@admin.register(SignAnswer, site=agents)
class SignAnswerAdmin(MassFacts):
    """Answers with who gave them, where and when; the newest about a state counts."""

    keys = Keys(charger="charger", part=("question",))
    list_display = ("answered_at", "charger", "question", "answer", "place", "by")
    list_filter = ("place", "answer")
    list_select_related = ("charger",)
