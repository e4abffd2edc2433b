"""Addresses of OCPI. A slash at the end changes nothing: partners add one, or leave it out."""

from django.urls import re_path

from billing.roaming.cdrs.api import CdrList
from billing.roaming.commands.api import Commands
from billing.roaming.credentials.api import CredentialsView
from billing.roaming.locations.api import LocationList, LocationObject
from billing.roaming.serving.base import NothingThere
from billing.roaming.sessions.api import SessionList
from billing.roaming.tariffs.api import TariffList
from billing.roaming.tokens.api import TokenObject
from billing.roaming.versions.api import VersionDetails, Versions

_VERSION = r"(?P<version>2\.1\.1|2\.2\.1|2\.3\.0)"
_LOCATION = r"(?P<location_id>[^/]+)(?:/(?P<evse_uid>[^/]+)(?:/(?P<connector_id>[^/]+))?)?"
_CARD = r"(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/(?P<uid>[^/]+)"
urlpatterns = [
    re_path(r"^versions/?$", Versions.as_view()),
    re_path(rf"^{_VERSION}/?$", VersionDetails.as_view()),
    re_path(rf"^{_VERSION}/credentials/?$", CredentialsView.as_view()),
    re_path(rf"^{_VERSION}/locations/?$", LocationList.as_view()),
    re_path(rf"^{_VERSION}/locations/{_LOCATION}/?$", LocationObject.as_view()),
    re_path(rf"^{_VERSION}/tariffs/?$", TariffList.as_view()),
    re_path(rf"^{_VERSION}/sessions/?$", SessionList.as_view()),
    re_path(rf"^{_VERSION}/cdrs/?$", CdrList.as_view()),
    re_path(rf"^{_VERSION}/tokens/{_CARD}/?$", TokenObject.as_view()),
    re_path(rf"^{_VERSION}/commands/(?P<name>[A-Za-z_]+)/?$", Commands.as_view()),
    re_path(r"^.*$", NothingThere.as_view()),
]
