"""The console's offers: usual commands with their inputs, for every version. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from chargers.commands.forms import charging_profiles, display, files, local_list, maintenance, sessions
from chargers.commands.forms.form import CommandForm, Input, Kind, Values
from chargers.protocol.frames import Version

__all__ = ["GROUPS", "CommandForm", "Group", "Input", "Kind", "Values", "find", "supported_groups"]


@dataclass(frozen=True, slots=True)
class Group:
    """Offers grouped together on the page."""

    title: str
    offers: tuple[CommandForm, ...]


GROUPS = (
    Group("Sessions", sessions.OFFERS),
    Group("The charger", maintenance.OFFERS),
    Group("Cards it knows by itself", local_list.OFFERS),
    Group("Power limits", charging_profiles.OFFERS),
    Group("Firmware and files", files.OFFERS),
    Group("Certificates and vendor data", maintenance.EXPERT_OFFERS),
    Group("Display", display.OFFERS),
)


def supported_groups(version: Version) -> Sequence[Group]:
    """Returns the groups with the commands that this version supports."""
    groups = (Group(group.title, tuple(form for form in group.offers if version in form.versions)) for group in GROUPS)
    return [group for group in groups if group.offers]


def find(key: str, *, version: Version) -> CommandForm | None:
    """Returns the offer of this key, if the version has it."""
    every = (offer for group in supported_groups(version) for offer in group.offers)
    return next((offer for offer in every if offer.key == key), None)
