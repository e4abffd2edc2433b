"""The portal's pages about chargers and properties."""

from chargers.views.any_command import any_command, any_form
from chargers.views.configuration import configuration
from chargers.views.console import console, one_command, send
from chargers.views.fleet import charger_list, overview, proxy
from chargers.views.logs import log_entry, logs
from chargers.views.properties import property_list, property_page
from chargers.views.uploads import download, upload

__all__ = [
    "any_command",
    "any_form",
    "charger_list",
    "configuration",
    "console",
    "download",
    "log_entry",
    "logs",
    "one_command",
    "overview",
    "property_list",
    "property_page",
    "proxy",
    "send",
    "upload",
]
