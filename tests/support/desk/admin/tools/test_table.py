"""All tools of a ticket's page by subject, with the reasons why some cannot be used."""

import pytest

from support.desk.admin.tools import table
from support.desk.admin.tools.table import Group, OfferedTool
from support.tools.case import TicketContext
from tests.kit.drivers import NOW
from tests.kit.tickets import opened
from tests.kit.world import World

STOP, START, RESET = (table.BY_KEY[key] for key in ("stop", "start", "reset"))


def test_every_tool_has_a_key_of_its_own():
    assert len(table.BY_KEY) == len(table.TOOLS)


def test_each_subject_stands_together():
    subjects = [tool.group for tool in table.TOOLS]

    assert sorted(set(subjects), key=subjects.index) == [
        subject for number, subject in enumerate(subjects) if number == 0 or subjects[number - 1] != subject
    ]


@pytest.mark.parametrize(
    ("tools", "obstacles"),
    [
        ([OfferedTool(STOP, ""), OfferedTool(START, "")], []),
        ([OfferedTool(STOP, "Offline."), OfferedTool(START, "")], [(STOP.label, "Offline.")]),
        ([OfferedTool(STOP, "Offline."), OfferedTool(START, "Offline.")], [("", "Offline.")]),
        (
            [OfferedTool(STOP, "Nobody charges."), OfferedTool(START, "Offline."), OfferedTool(RESET, "Offline.")],
            [(STOP.label, "Nobody charges."), (f"{START.label}, {RESET.label}", "Offline.")],
        ),
    ],
)
def test_a_reason_is_said_once_after_the_tools_that_it_stops(
    tools: list[OfferedTool], obstacles: list[tuple[str, str]]
):
    group = Group("Charging", tuple(tools))

    assert group.obstacles == obstacles
    assert group.usable == [offered.tool for offered in tools if not offered.obstacle]


@pytest.mark.django_db
def test_a_ticket_about_nothing_offers_every_tool_and_says_what_is_missing(world: World):
    groups = table.groups(TicketContext(opened(), by=world.agent, now=NOW))

    assert sum(len(group.tools) for group in groups) == len(table.TOOLS)
    assert any("names no charger" in why for group in groups for _, why in group.obstacles)
