"""The plans of jobs, as values and as stored JSON. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandPlan:
    """One of COMMANDS, with its form's values besides the charger."""

    command: str
    values: Mapping[str, str]

    @property
    def words(self) -> str:
        command = COMMANDS[self.command]
        choice_label = dict(command.choices).get(self.values.get(command.input, ""), "")
        return f"{command.label}: {choice_label}" if choice_label else command.label


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingPlan:
    """One setting with its new value."""

    key: str
    value: str

    @property
    def words(self) -> str:
        return f"Set {self.key} to {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePlan:
    """A settings template, by its key; its content is read at each charger's turn."""

    template: int
    name: str

    @property
    def words(self) -> str:
        return f"Apply the template “{self.name}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwarePlan:
    """Where chargers fetch the firmware.

    `version` is what they report afterwards; empty means any other than before.
    """

    location: str
    version: str = ""
    certificate: str = ""
    signature: str = ""

    @property
    def words(self) -> str:
        return f"Update the firmware to {self.version}" if self.version else f"Update the firmware from {self.location}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePlan:
    """A rate of a host, by their slugs, for one audience."""

    host: str
    rate: str
    audience: str

    @property
    def words(self) -> str:
        return f"Assign the rate “{self.rate}” to {self.audience}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicencePlan:
    """The right to operate. `expires_on` is the last day as ISO 8601; empty means without end."""

    state: str
    expires_on: str = ""

    @property
    def words(self) -> str:
        until = f" until {self.expires_on}" if self.expires_on else " without end"
        return f"Licence: {self.state}{until if self.state == 'active' else ''}"


Plan: TypeAlias = CommandPlan | SettingPlan | TemplatePlan | FirmwarePlan | RatePlan | LicencePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkCommand:
    """A command that is useful at many chargers; `input` is the field of its form, with its choices."""

    label: str
    says: str
    input: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    interrupts: bool = True
    """Whether it may end a session, or prevent the next one."""


COMMANDS: Final[Mapping[str, BulkCommand]] = {
    "reset_soft": BulkCommand(
        label="Restart softly", says="Ends what runs in good order, then restarts. Sessions that run now end."
    ),
    "reset_hard": BulkCommand(
        label="Restart hard", says="Restarts at once, as if the power had been cut. Sessions that run now are cut off."
    ),
    "availability": BulkCommand(
        label="Put in or out of service",
        says="A charger out of service takes nobody; a running session ends first.",
        input="service",
        choices=(("Operative", "In service"), ("Inoperative", "Out of service")),
    ),
    "trigger": BulkCommand(
        label="Ask for a message",
        says="The charger sends what it would send by itself later.",
        interrupts=False,
        input="message",
        choices=(
            ("StatusNotification", "Status of its connectors"),
            ("MeterValues", "Meter values"),
            ("Heartbeat", "Heartbeat"),
            ("BootNotification", "Who it is (boot notification)"),
            ("FirmwareStatusNotification", "State of the firmware update"),
        ),
    ),
    "clear_cache": BulkCommand(
        label="Clear the card cache",
        says="The charger forgets which cards it let in, and asks us again.",
        interrupts=False,
    ),
    "unlock": BulkCommand(
        label="Unlock connectors",
        says="Releases cables that are plugged in while nobody charges; every other charger is skipped.",
    ),
}
_PLANS: Final[Mapping[str, type[Plan]]] = {
    "command": CommandPlan,
    "setting": SettingPlan,
    "template": TemplatePlan,
    "firmware": FirmwarePlan,
    "rate": RatePlan,
    "licence": LicencePlan,
}


def kind_of(plan: Plan) -> str:
    """Returns the kind as in `Job.Kind`."""
    return next(kind for kind, plan_class in _PLANS.items() if isinstance(plan, plan_class))


def as_json(plan: Plan) -> dict[str, Any]:
    return asdict(plan)


def read(kind: str, data: Mapping[str, Any]) -> Plan:
    """Restores the plan of a job of this kind from the result of `as_json`."""
    return _PLANS[kind](**data)
