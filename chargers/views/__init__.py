"""The portal's pages about chargers and properties."""

from chargers.views.any_command import any_command, any_form
from chargers.views.bulk import bulk_page
from chargers.views.charger_import import charger_import, charger_import_template
from chargers.views.charger_list import charger_list, charger_list_csv, list_columns
from chargers.views.configuration import configuration
from chargers.views.connection import (
    certificate_renew,
    certificate_revoke,
    connection_page,
    connection_password,
    connection_profile,
)
from chargers.views.console import command_page, console, send
from chargers.views.disagreements import disagreements
from chargers.views.drift import settings_drift
from chargers.views.fleet import charger_head, overview
from chargers.views.fleet_map import charger_map, charger_map_data
from chargers.views.hardware import hardware_page
from chargers.views.jobs import job_csv, job_list, job_page
from chargers.views.local_list import local_list
from chargers.views.logs import log_entry, logs
from chargers.views.maintenance import maintenance_page
from chargers.views.pending import pending_chargers
from chargers.views.pictures import picture, property_picture
from chargers.views.power import power_csv, power_page
from chargers.views.properties import (
    property_add,
    property_close,
    property_edit,
    property_list,
    property_page,
    property_unit,
)
from chargers.views.proxy import proxy, proxy_act, proxy_settings
from chargers.views.proxy_forms import proxy_allowed, proxy_connect, proxy_edit, proxy_leader
from chargers.views.recovery import ladder_page, setup_ladder
from chargers.views.registration import connection_registration
from chargers.views.reports import report_page
from chargers.views.saved_views import saved_views
from chargers.views.setup import setup_licence, setup_page, setup_service
from chargers.views.tags import tag_page
from chargers.views.uploads import download, upload
from chargers.views.uptime import uptime_page
from chargers.views.wizard import charger_add, connect_page

__all__ = [
    "any_command",
    "any_form",
    "bulk_page",
    "certificate_renew",
    "certificate_revoke",
    "charger_add",
    "charger_head",
    "charger_import",
    "charger_import_template",
    "charger_list",
    "charger_list_csv",
    "charger_map",
    "charger_map_data",
    "command_page",
    "configuration",
    "connect_page",
    "connection_page",
    "connection_password",
    "connection_profile",
    "connection_registration",
    "console",
    "disagreements",
    "download",
    "hardware_page",
    "job_csv",
    "job_list",
    "job_page",
    "ladder_page",
    "list_columns",
    "local_list",
    "log_entry",
    "logs",
    "maintenance_page",
    "overview",
    "pending_chargers",
    "picture",
    "power_csv",
    "power_page",
    "property_add",
    "property_close",
    "property_edit",
    "property_list",
    "property_page",
    "property_picture",
    "property_unit",
    "proxy",
    "proxy_act",
    "proxy_allowed",
    "proxy_connect",
    "proxy_edit",
    "proxy_leader",
    "proxy_settings",
    "report_page",
    "saved_views",
    "send",
    "settings_drift",
    "setup_ladder",
    "setup_licence",
    "setup_page",
    "setup_service",
    "tag_page",
    "upload",
    "uptime_page",
]
