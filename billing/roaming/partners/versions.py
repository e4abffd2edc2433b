"""The versions of OCPI that we speak, the best first."""

from enum import StrEnum


class Version(StrEnum):
    V230 = "2.3.0"
    V221 = "2.2.1"
    V211 = "2.1.1"

    @property
    def has_roles(self) -> bool:
        """2.1.1 knows one party at each side, no routing and no roles of endpoints."""
        return self is not Version.V211


def best(offered: object) -> Version | None:
    """The newest that is offered, by its name; None without a common one."""
    names = {str(name) for name in offered} if isinstance(offered, (list, tuple, set, frozenset)) else set()
    return next((version for version in Version if version.value in names), None)
