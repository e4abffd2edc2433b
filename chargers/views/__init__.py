"""The portal's pages about chargers and properties."""

from chargers.views.commands import command_page
from chargers.views.fleet import charger_list, overview, proxy
from chargers.views.logs import log_entry, logs
from chargers.views.properties import property_list, property_page
from chargers.views.reports import report_page

__all__ = [
    "charger_list",
    "command_page",
    "log_entry",
    "logs",
    "overview",
    "property_list",
    "property_page",
    "proxy",
    "report_page",
]
