"""Addresses of the whole product."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from backoffice import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
