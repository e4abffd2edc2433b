"""The tariffs at an outlet and their ids: one for each rate, and for each provider with its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from authorization.models import MobilityProvider
from authorization.roaming import ocpi_ids
from billing.models import RateVersion
from billing.pricing.rates.resolver import Candidate


@dataclass(frozen=True, slots=True)
class AtOutlet:
    """Tariff ids for every partner, and by provider key for those with their own rates."""

    for_all: tuple[str, ...] = ()
    by_provider: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Naming:
    """The inputs of ids. `taxed_at_property`: versions whose tax is the property's; `providers`: keys by their rows."""

    taxed_at_property: frozenset[int]
    providers: Mapping[int, str]

    def tariff_id(self, candidate: Candidate) -> str:
        """Returns the id: the rate's name, with its provider if any, and the property if the tax is the property's."""
        row = candidate.assignment
        parts = [candidate.version.rate.slug]
        if row.msp_id is not None:
            parts.append(f"p{row.msp_id}")
        if candidate.version.pk in self.taxed_at_property:
            parts.append(f"t{row.property_id}")
        return ocpi_ids.shorten(".".join(parts))

    def at_outlet(self, candidates: Sequence[Candidate], *, charger_id: int, evse_number: int) -> AtOutlet:
        """Returns the winning rate for everyone, and for each provider with its own; candidates are sorted by rank,
        highest first.
        """
        outlet_candidates = [
            candidate
            for candidate in candidates
            if candidate.assignment.charger_id in (None, charger_id)
            and candidate.assignment.evse_number in (None, evse_number)
        ]
        general = next((candidate for candidate in outlet_candidates if candidate.assignment.msp_id is None), None)
        own: dict[str, tuple[str, ...]] = {}
        for pk in sorted(
            {candidate.assignment.msp_id for candidate in outlet_candidates if candidate.assignment.msp_id is not None}
        ):
            winner = next(candidate for candidate in outlet_candidates if candidate.assignment.msp_id in (None, pk))
            if winner.assignment.msp_id is not None and pk in self.providers:
                own[self.providers[pk]] = (self.tariff_id(winner),)
        return AtOutlet((self.tariff_id(general),) if general else (), own)


def of_candidates(candidates: Sequence[Candidate]) -> Naming:
    """Loads the inputs. Two queries."""
    versions = RateVersion.objects.filter(
        pk__in={candidate.version.pk for candidate in candidates}, definition__tax__of="property"
    )
    providers = MobilityProvider.objects.filter(
        pk__in={candidate.assignment.msp_id for candidate in candidates if candidate.assignment.msp_id is not None}
    )
    return Naming(
        taxed_at_property=frozenset(versions.values_list("pk", flat=True)),
        providers={provider.pk: provider.key for provider in providers},
    )
