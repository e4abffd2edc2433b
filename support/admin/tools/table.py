"""All tools, in the order in which the ticket's page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from support.admin.tools import access, charging, host, money, person, property_systems
from support.admin.tools.tool import Tool
from support.tools.case import Case

TOOLS: Final[tuple[Tool, ...]] = (
    *charging.TOOLS,
    *access.TOOLS,
    *property_systems.TOOLS,
    *money.TOOLS,
    *person.TOOLS,
    *host.TOOLS,
)
BY_KEY: Final[Mapping[str, Tool]] = {one.key: one for one in TOOLS}


@dataclass(frozen=True, slots=True)
class Offered:
    """A tool on a ticket's page; `obstacle`: why it cannot be used now."""

    tool: Tool
    obstacle: str


@dataclass(frozen=True, slots=True)
class Group:
    """Tools of one subject."""

    name: str
    tools: tuple[Offered, ...]

    @property
    def obstacle(self) -> str:
        """What stands in the way of all of them; empty where one can be used, or each has its own reason."""
        found = {one.obstacle for one in self.tools}
        return found.pop() if len(found) == 1 else ""


def groups(case: Case) -> list[Group]:
    """Every tool, whether it can be used or not: agents learn what there is."""
    return [
        Group(name, tuple(Offered(one, one.obstacle(case)) for one in tools))
        for name, tools in groupby(TOOLS, key=lambda one: one.group)
    ]
