"""Completes a property system's connection for a ticket, by the host's own acts."""

from datetime import datetime

from django.db import transaction

from authorization.models import User
from authorization.pms import acts as pms
from support.tools.case import NotPossibleError
from support.tools.pms_previews import ChosenConnection, describe_target


def sync(selection: ChosenConnection, *, by: User, now: datetime) -> str:
    """Maps the listing, then requests a sync. Raises NotAllowedError and NotPossibleError."""
    connection, listing, target = selection.connection, selection.listing, selection.target
    mapping_note = ""
    with transaction.atomic():
        if listing is not None and target is not None:
            if not pms.map_listing(listing, target, by=by, now=now):
                raise NotPossibleError(f"{listing.name or listing.key} is {describe_target(target)} already.")
            mapping_note = f"“{listing.name or listing.key}” of {connection.name} is {describe_target(target)} now. "
        if not pms.sync(connection, by=by, now=now):
            raise NotPossibleError(f"{connection.name} is paused: nothing is read.")
    return f"{mapping_note}{connection.name} is read within seconds: reload the ticket to see what came."
