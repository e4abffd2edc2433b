"""All tools, in the order in which the ticket's page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from support.desk.admin.tools import access, arrivals, charging, host, money, person, property_systems
from support.desk.admin.tools.tool import Tool
from support.tools.case import TicketContext

TOOLS: Final[tuple[Tool, ...]] = (
    *charging.TOOLS,
    *access.TOOLS,
    *property_systems.TOOLS,
    *arrivals.TOOLS,
    *money.TOOLS,
    *person.TOOLS,
    *host.TOOLS,
)
BY_KEY: Final[Mapping[str, Tool]] = {tool.key: tool for tool in TOOLS}


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool on a ticket's page; `obstacle`: why it cannot be used now."""

    tool: Tool
    obstacle: str


@dataclass(frozen=True, slots=True)
class Group:
    """Tools of one subject."""

    name: str
    tools: tuple[OfferedTool, ...]

    @property
    def usable(self) -> list[Tool]:
        return [tool.tool for tool in self.tools if not tool.obstacle]

    @property
    def obstacles(self) -> list[tuple[str, str]]:
        """Returns each reason once, after the tools that it blocks; without names if it blocks the whole subject."""
        by_obstacle: dict[str, list[str]] = {}
        for tool in self.tools:
            if tool.obstacle:
                by_obstacle.setdefault(tool.obstacle, []).append(tool.tool.label)
        return [(", ".join(names) if len(names) < len(self.tools) else "", why) for why, names in by_obstacle.items()]


def groups(case: TicketContext) -> list[Group]:
    """Returns all tools, including those that cannot be used, so that agents know them."""
    return [
        Group(name, tuple(OfferedTool(tool, tool.obstacle(case)) for tool in tools))
        for name, tools in groupby(TOOLS, key=lambda tool: tool.group)
    ]
