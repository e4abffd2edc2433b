"""Admin pages for join codes and the people who used them."""

from django.contrib import admin

from authorization.models import DataGrant
from billing.models import Join, JoinCode
from support.admin_site.base import Inline, ReadOnlyAdmin
from support.admin_site.search import Keys
from support.admin_site.site import agents


class JoinsOfCode(Inline):
    model = Join
    fields = ("asked_at", "uid", "state")


@admin.register(JoinCode, site=agents)
class JoinCodeAdmin(ReadOnlyAdmin):
    keys = Keys(part=("name", "host__name"), whole=("code",))
    list_display = ("name", "host", "role", "property", "most", "ends_at", "stopped_at")
    inlines = (JoinsOfCode,)


@admin.register(Join, site=agents)
class JoinAdmin(ReadOnlyAdmin):
    keys = Keys(part=("code__name",), whole=("email",), uid=("uid",))
    sensitive = {"name": DataGrant.Scope.STAYS, "email": DataGrant.Scope.STAYS}
    host_path = "code.host_id"
    list_display = ("asked_at", "code", "name", "email", "uid", "state", "answered_at")
    list_filter = ("state",)

    def title(self, row: Join) -> str:
        return f"Request to join {row.code}, {row.get_state_display().lower()}"
