"""Checks every import contract, and once more with an import that breaks it: `python -m tests.contracts_check`.

In a process of its own, because the linter looks through attributes of classes that other libraries change. Prints
JSON: by the contract's id whether it holds, and whether it still holds when broken.
"""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grimp
from importlinter import api
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

OPTIONS = api.read_configuration(str(Path(__file__).resolve().parent.parent / "pyproject.toml"))
CONTRACTS: Mapping[str, Mapping[str, Any]] = {one["id"]: one for one in OPTIONS["contracts_options"]}
KINDS = {"layers": LayersContract, "forbidden": ForbiddenContract, "protected": ProtectedContract}

# Two modules for each contract: an import of the second by the first breaks it.
BREAKS = {
    "apps": ("chargers.power.power_limit", "billing.payments.books.ledger"),
    "composition": ("chargers.fleet.presence", "backoffice.settings"),
    "rooms-of-chargers": ("chargers.lib.ids", "chargers.gateway.exchange"),
    "rooms-of-authorization": ("authorization.decide.engine", "authorization.insight.refusals"),
    "rooms-of-billing": ("billing.payments.books.ledger", "billing.sessions.settlement.settle"),
    "rooms-of-support": ("support.admin_site.base", "support.explain.timeline"),
    "rooms-of-roaming": ("billing.roaming.exchange_journal.journal", "billing.roaming.partners.connections"),
    "rooms-of-payouts": ("billing.payouts.payees.terms", "billing.payouts.sending.by_processor"),
    "rooms-of-sessions": ("billing.sessions.lifecycle.outlets", "billing.sessions.settlement.settle"),
    "rooms-of-payments": ("billing.payments.books.ledger", "billing.payments.webhooks.deliveries"),
    "rooms-of-pricing": ("billing.pricing.rates.catalogue", "billing.pricing.price_card"),
    "rooms-of-portal": ("backoffice.portal.search.hits", "backoffice.portal.attention.attention"),
    "edges": ("billing.sessions.refunds.refunds", "billing.sessions.offers.views"),
    "purity": ("billing.engine.price", "django"),
}


def is_kept(name: str, graph: grimp.ImportGraph) -> bool:
    """Checked as the linter does: on a copy, since a check takes the ignored imports out of its graph."""
    options = dict(CONTRACTS[name])
    contract = KINDS[options["type"]](
        name=options["name"], session_options=OPTIONS["session_options"], contract_options=options
    )
    return contract.check(copy.deepcopy(graph), verbose=False).kept


def checked() -> dict[str, list[bool]]:
    graph = grimp.build_graph(*OPTIONS["session_options"]["root_packages"], include_external_packages=True)
    found = {}
    for name, (importer, imported) in BREAKS.items():
        assert {importer, imported} <= graph.modules, name
        holds = is_kept(name, graph)
        graph.add_import(importer=importer, imported=imported)
        found[name] = [holds, is_kept(name, graph)]
        graph.remove_import(importer=importer, imported=imported)
    return found


if __name__ == "__main__":
    print(json.dumps(checked()))
