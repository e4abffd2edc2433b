"""The module where Django looks for this app's admin; each room has its own."""

from support.admin_site import admin as audit_trail
from support.desk.admin import tickets
from support.diagnosis import admin as signs
from support.incidents import admin as incidents
from support.knowledge import admin as articles

__all__ = ["articles", "audit_trail", "incidents", "signs", "tickets"]
