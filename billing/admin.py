"""Imports the admin modules of the rooms for Django."""

from billing.payments.books import admin as books_admin
from billing.sessions.drivers import admin as drivers_admin
from billing.sessions.join_codes import admin as join_codes_admin
from billing.sessions.plans import admin as plans_admin
from billing.sessions.settlement import admin as sessions_admin

__all__ = ["books_admin", "drivers_admin", "join_codes_admin", "plans_admin", "sessions_admin"]
