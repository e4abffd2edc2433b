"""The tool for property systems: maps listings to units, and starts a sync."""

from typing import Any, Final

from django import forms

from authorization.models import PmsConnection, PmsListing
from authorization.pms import connections
from authorization.pms.connections import SettingsError, Target
from support.desk.admin.tools.tool import Doing, Tool, ToolForm, Values
from support.tools import pms_previews as previews
from support.tools.acts import property_systems as acts
from support.tools.case import NotPossibleError, TicketContext
from support.tools.pms_previews import ChosenConnection

GROUP: Final = "Access"


class SyncForm(ToolForm):
    """The system to sync, or the listing to map first."""

    what = forms.ChoiceField(label="Connection or listing")
    place = forms.ChoiceField(
        label="The listing is", required=False, help_text="Only where a listing is chosen. Suggested by its name."
    )

    def prepare(self, case: TicketContext) -> None:
        listings = previews.listings(case)
        choices = [(f"listing:{listing.pk}", _label(listing)) for listing in listings if listing.property_id is None]
        choices += [(f"sync:{connection.key}", f"Only sync {connection.name}") for connection in previews.of_case(case)]
        choices += [
            (f"listing:{listing.pk}", _label(listing)) for listing in listings if listing.property_id is not None
        ]
        self.choose("what", choices)
        targets = connections.targets(case.host) if case.host else []
        self.choose(
            "place",
            [("", "no listing, only sync"), *((target.slug, previews.describe_target(target)) for target in targets)],
        )
        first = next((listing for listing in listings if listing.property_id is None), None)
        likely = connections.suggestion(first.name, targets) if first else None
        self.fields["place"].initial = likely.slug if likely else ""

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if str(values.get("what", "")).startswith("listing:") and not values.get("place"):
            self.add_error("place", "Choose the unit that this listing is.")
        return values


def _label(listing: PmsListing) -> str:
    now = previews.describe_target(Target(listing.property, listing.unit)) if listing.property else "no unit yet"
    return f"{listing.connection.name}: {listing.name or listing.key} ({now})"


def _resolve_choice(case: TicketContext, values: Values) -> ChosenConnection:
    """Reads the choice. Raises NotPossibleError if it is gone meanwhile."""
    kind, _, key = str(values["what"]).partition(":")
    try:
        if kind == "sync":
            return ChosenConnection(previews.of_case(case).get(key=key), None, None)
        rows = PmsListing.objects.select_related("connection__host", "property", "unit")
        listing = rows.get(pk=int(key), connection__in=previews.of_case(case))
        return ChosenConnection(
            listing.connection, listing, connections.target(listing.connection.host, values["place"])
        )
    except (PmsConnection.DoesNotExist, PmsListing.DoesNotExist) as exc:
        raise NotPossibleError("This is not there any more: open the tool again.") from exc
    except SettingsError as exc:
        raise NotPossibleError(str(exc)) from exc


def _sync(case: TicketContext, values: Values, doing: Doing) -> str:
    return acts.sync(_resolve_choice(case, values), by=doing.by, now=doing.now)


TOOLS: Final = (
    Tool(
        key="pms-sync",
        label="Complete the PMS link and sync",
        group=GROUP,
        says="Says which unit a listing of the host’s property system is, and reads its bookings now.",
        form=SyncForm,
        obstacle=previews.obstacle,
        preview=lambda case, values: previews.sync(case, _resolve_choice(case, values)),
        act=_sync,
    ),
)
