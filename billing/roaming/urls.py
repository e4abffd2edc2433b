"""URLs of OCPI. A trailing slash is optional, because partners add or omit it."""

from django.urls import include, path, re_path, register_converter

from billing.roaming.cdrs.api import CdrList
from billing.roaming.commands.api import Commands
from billing.roaming.credentials.api import CredentialsView
from billing.roaming.endpoints.api import VersionDetails, Versions
from billing.roaming.locations.api import LocationList, LocationObject
from billing.roaming.serving.base import NothingThere
from billing.roaming.sessions.api import SessionList
from billing.roaming.tariffs.api import TariffList
from billing.roaming.tokens.api import TokenObject
from billing.roaming.versions import catalogue
from billing.roaming.versions.entry import KnownVersion


class VersionConverter:
    """Converts the name of a version that we speak for views."""

    regex = "[^/]+"

    def to_python(self, value: str) -> KnownVersion:
        """Returns the version. Raises ValueError for an unknown one, so that Django tries the next URL."""
        version = catalogue.ALL.get(value)
        if version is None:
            raise ValueError(f"We do not speak OCPI {value}.")
        return version

    def to_url(self, value: KnownVersion) -> str:
        return value.name


register_converter(VersionConverter, "ocpi_version")
_LOCATION = r"(?P<location_id>[^/]+)(?:/(?P<evse_uid>[^/]+)(?:/(?P<connector_id>[^/]+))?)?"
_CARD = r"(?P<country_code>[^/]+)/(?P<party_id>[^/]+)/(?P<uid>[^/]+)"
_modules = [
    re_path(r"^$", VersionDetails.as_view()),
    re_path(r"^credentials/?$", CredentialsView.as_view()),
    re_path(r"^locations/?$", LocationList.as_view()),
    re_path(rf"^locations/{_LOCATION}/?$", LocationObject.as_view()),
    re_path(r"^tariffs/?$", TariffList.as_view()),
    re_path(r"^sessions/?$", SessionList.as_view()),
    re_path(r"^cdrs/?$", CdrList.as_view()),
    re_path(rf"^tokens/{_CARD}/?$", TokenObject.as_view()),
    re_path(r"^commands/(?P<name>[A-Za-z_]+)/?$", Commands.as_view()),
]
urlpatterns = [
    re_path(r"^versions/?$", Versions.as_view()),
    path("<ocpi_version:version>", VersionDetails.as_view()),
    path("<ocpi_version:version>/", include(_modules)),
    re_path(r"^.*$", NothingThere.as_view()),
]
