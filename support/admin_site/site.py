"""The agents' admin site: its log-in, first page and search."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import auth
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite

from support.admin_site import menu, second_factor
from support.admin_site.base import ReadOnlyAdmin
from support.admin_site.second_factor import Standing

_MAX_OF_A_KIND = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result."""

    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Kind:
    """The search results of one model; `link` leads to the full list if there are more."""

    name: str
    hits: list[Hit]
    link: str
    has_more: bool


class AgentSite(UnfoldAdminSite):  # type: ignore[misc]
    """Admits only agents whose session passed the second factor."""

    index_template = "support/desk.html"
    index_title = "Find"
    enable_nav_sidebar = True
    home: Callable[..., Any] | None = None
    """Renders the part of the first page below its search. Set by the edge, because it uses rooms above this one."""

    def has_permission(self, request: HttpRequest) -> bool:
        return second_factor.get_standing(request) is Standing.ADMITTED

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirects to the general login page, which asks for the second factor."""
        response: HttpResponse = secure_admin_login(self._next_step)(request)
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        auth.logout(request)
        return HttpResponseRedirect(resolve_url(settings.LOGIN_URL))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Shows the first page, with one search box for every kind of key."""
        term = request.GET.get("q", "").strip()
        kinds = self.find(request, term) if term else []
        context = {"term": term, "found": kinds, **(extra_context or {})}
        if not term and self.home is not None and self.has_permission(request):
            context["home"] = self.home(request.user, now=datetime.now(tz=UTC))
        response: TemplateResponse = super().index(request, context)
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Returns the models grouped by subject, not by application."""
        apps: list[dict[str, Any]] = super().get_app_list(request, app_label)
        return apps if app_label else menu.group_by_subject(apps)

    def find(self, request: HttpRequest, term: str) -> list[Kind]:
        """Searches all models for this key and returns a few results of each; never cached.

        Rows whose own label it is come first.
        """
        admins = [admin for admin in self._registry.values() if isinstance(admin, ReadOnlyAdmin)]
        admins.sort(key=lambda admin: not admin.is_label(term))
        kinds = (self._search_model(request, admin, term) for admin in admins)
        return [kind for kind in kinds if kind is not None]

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Answers the theme's search box (Ctrl-K) with our own search; the theme would cache results for minutes."""
        began = time.monotonic()
        term = request.GET.get("s", "").strip()
        hits = [
            SearchResult(title=hit.title, description=kind.name, link=hit.link, icon="data_object")
            for kind in (self.find(request, term) if term else [])
            for hit in kind.hits
        ]
        pages = Paginator(hits, max(len(hits), 1))
        context = {"page_obj": pages, "results": pages.page(1), "page_counter": 0, "command_show_history": False}
        context["execution_time"] = time.monotonic() - began
        shape = "command_results" if "extended" in request.GET else "search_results"
        return TemplateResponse(request, f"unfold/helpers/{shape}.html", context, headers={"HX-Trigger": "search"})

    def _search_model(self, request: HttpRequest, admin: ReadOnlyAdmin, term: str) -> Kind | None:
        if not (admin.is_in_find and admin.keys.columns()):
            return None
        rows, _ = admin.get_search_results(request, admin.get_queryset(request), term)
        matches = list(rows.order_by("-pk")[: _MAX_OF_A_KIND + 1])
        if not matches:
            return None
        name = f"admin:{admin.opts.app_label}_{admin.opts.model_name}"
        hits = [Hit(admin.title(row), reverse(f"{name}_change", args=[row.pk])) for row in matches[:_MAX_OF_A_KIND]]
        list_url = f"{reverse(f'{name}_changelist')}?{urlencode({'q': term})}"
        return Kind(str(admin.opts.verbose_name_plural), hits, list_url, has_more=len(matches) > _MAX_OF_A_KIND)

    def _next_step(self, request: HttpRequest) -> HttpResponse:
        target = get_next_redirect_url(request) or reverse("admin:index")
        if second_factor.get_standing(request) is Standing.ADMITTED:
            return HttpResponseRedirect(target)
        if (page := second_factor.next_page(request, target=target)) is not None:
            return HttpResponseRedirect(page)
        raise PermissionDenied


agents = AgentSite(name="admin")
