"""Addresses of OCPI. A slash at the end changes nothing: partners add one, or leave it out."""

from django.urls import re_path

from billing.roaming.credentials.api import CredentialsView
from billing.roaming.serving.base import NothingThere
from billing.roaming.versions.api import VersionDetails, Versions

_VERSION = r"(?P<version>2\.1\.1|2\.2\.1|2\.3\.0)"
urlpatterns = [
    re_path(r"^versions/?$", Versions.as_view()),
    re_path(rf"^{_VERSION}/?$", VersionDetails.as_view()),
    re_path(rf"^{_VERSION}/credentials/?$", CredentialsView.as_view()),
    re_path(r"^.*$", NothingThere.as_view()),
]
