"""Plays a person with a question and the agent who solves it, in a real browser; nothing may be asked twice."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from support.models import Ticket, TicketMessage
from tests.kit import browser
from tests.kit.desk import agent_s
from tests.kit.logging_in import logged_in
from tests.kit.world import World

_FIELDS = "#now > form .field [name], #now > form .choices [name]"
_LIMIT = 30


@dataclass
class Person:
    """A person with a phone, without scripts, who answers what they know; `user`: the logged-in user."""

    chromium: Any
    base: str
    user: Any = None
    answers: dict[str, str] = field(default_factory=dict)
    email: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    tried: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = self.chromium.new_context(viewport={"width": 375, "height": 800}, java_script_enabled=False)
        if self.user is not None:
            cookie = logged_in(self.user).cookies["sessionid"].value
            self.context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.base}])
        self.page = self.context.new_page()

    def asks(self, address: str, text: str) -> str:
        """Writes the first sentence; returns the assistant's answer."""
        self.page.goto(f"{self.base}{address}")
        if self.page.get_by_label("What happened?").count() == 0:
            self.page.get_by_role("link", name="Get help").first.click()
        self.page.get_by_label("What happened?").fill(text)
        self.page.get_by_role("button", name="Ask").click()
        return str(self.page.locator(".talk").inner_text())

    def goes_on(self) -> Ticket:
        """Tries every step, is not satisfied with an answer, and gives the details that they know."""
        for _ in range(_LIMIT):
            assert browser.fits(self.page)
            if self.page.get_by_role("link", name="Open the request").count():
                break
            self._one_turn()
        assert not {name: times for name, times in self.asked.items() if times > 1}, "asked twice"
        return Ticket.objects.latest("id")

    def _one_turn(self) -> None:
        step = self.page.get_by_role("button", name="I have tried it: look again")
        if step.count():
            self.tried.append(self.page.locator(".talk li").last.inner_text())
            step.click()
        elif (content := self.page.get_by_role("button", name="No", exact=True)).count():
            content.click()
        elif (wrong := self.page.get_by_role("button", name="I would rather not say")).count():
            wrong.click()
        else:
            self._details(self.page.eval_on_selector_all(_FIELDS, "fields => fields.map((one) => one.name)"))

    def _details(self, names: list[str]) -> None:
        is_address = self.page.get_by_role("button", name="Continue without an address").count() > 0
        names = [*dict.fromkeys(one for one in names if not one.endswith("_photo"))]
        assert names, self.page.locator("#now").inner_text()
        self.asked.update(["address"] if is_address else names)
        given = {names[0]: self.email} if is_address else {n: self.answers[n] for n in names if n in self.answers}
        if not any(given.values()):
            self.page.locator("button[value=skip]").click()
            return
        for name, value in given.items():
            box = self.page.locator(f"#now > form [name={name}]").first
            if box.get_attribute("type") == "radio":
                self.page.locator(f"#now > form [name={name}][value={value}]").check()
            else:
                box.fill(value)
        self.page.get_by_role("button", name="Continue", exact=True).click()

    def reads(self, text: str) -> None:
        """Checks that the answer is on the request's page, and rates it as helpful."""
        TicketMessage.objects.filter(author="agent").update(released_at=datetime.now(tz=UTC) - timedelta(minutes=1))
        self.page.get_by_role("link", name="Open the request").click()
        self.page.get_by_text(text).first.wait_for()
        assert browser.fits(self.page)
        self.page.get_by_role("button", name="Yes").click()
        self.page.get_by_text("You answered: yes.").wait_for()
        self.context.close()


@dataclass
class Desk:
    """The agent, with the ticket open."""

    chromium: Any
    base: str
    world: World
    ticket: Ticket

    def __post_init__(self) -> None:
        self.context = agent_s(self.chromium, self.base, self.world, width=1280, dark=False)
        self.page = self.context.new_page()
        self.opens()

    def opens(self) -> None:
        self.page.goto(f"{self.base}/admin/support/ticket/{self.ticket.pk}/change/")

    def uses(self, tool: str, **values: str) -> str:
        """Uses a tool of the page: its form, its preview, and the act. Returns the preview."""
        self.page.goto(f"{self.base}/admin/support/ticket/{self.ticket.pk}/tools/{tool}/")
        for name, value in {"reason": "They asked for it.", **values}.items():
            box = self.page.locator(f"[name={name}]").first
            match box.evaluate("one => one.type"):
                case "select-one":
                    box.select_option(value)
                case "checkbox":
                    self.page.locator(f"[name={name}][value={value}]").check()
                case _:
                    box.fill(value)
        self.page.get_by_role("button", name="Show what happens").click()
        preview = str(self.page.locator(".tk-confirm").inner_text())
        self.page.locator("button[name=confirmed]").click()
        self.page.locator("#reply").wait_for()
        return preview

    def solves(self, text: str) -> None:
        """Sends the reply and solves the ticket."""
        self.page.get_by_label("Reply", exact=False).first.fill(text)
        self.sends()

    def sends(self) -> None:
        self.page.get_by_label("Then").select_option("solved")
        self.page.get_by_role("button", name="Send reply").click()
        self.page.get_by_text("The reply is sent in").wait_for()
        self.context.close()
        self.ticket.refresh_from_db()
        assert self.ticket.state == "solved"
