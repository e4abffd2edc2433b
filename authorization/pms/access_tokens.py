"""A connection's access token, shared by all processes: stored encrypted, with a limited number of fetches a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from authorization.models import PmsConnection
from authorization.pms.failures import Code, FailedError
from chargers.lib import secrets
from chargers.lib.secrets import UnreadableSecretError

_DAY: Final = timedelta(hours=24)
_EARLY: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """The token of one connection. Used under the connection's lease, so that no two processes fetch at once."""

    connection_pk: int
    now: datetime
    most: int
    """The largest number of tokens fetched per day."""

    def current(self) -> str:
        row = self._row()
        if row.token_expires_at is None or row.token_expires_at - _EARLY <= self.now:
            return ""
        try:
            return secrets.decrypt(row.token_encrypted)
        except UnreadableSecretError:
            return ""

    def renewed(self, fetch: Callable[[], tuple[str, float]]) -> str:
        """Fetches a token.

        Counts the fetch before making it, because the system counts one whose answer is lost. Raises FailedError.
        """
        lately = self._recent_fetches()
        if len(lately) >= self.most:
            until = min(lately) + _DAY
            raise FailedError(Code.TOKEN_BUDGET, until=f"{until:%Y-%m-%d %H:%M}", at=until.isoformat())
        fetches = [fetched_at.isoformat() for fetched_at in (*lately, self.now)]
        self._update(token_fetches=fetches, token_encrypted="", token_expires_at=None)
        token, lasts_s = fetch()
        self._update(token_encrypted=secrets.encrypt(token), token_expires_at=self.now + timedelta(seconds=lasts_s))
        return token

    def _recent_fetches(self) -> list[datetime]:
        at = (datetime.fromisoformat(fetch) for fetch in self._row().token_fetches)
        return [fetched_at for fetched_at in at if fetched_at > self.now - _DAY]

    def _row(self) -> PmsConnection:
        return PmsConnection.objects.only("token_encrypted", "token_expires_at", "token_fetches").get(
            pk=self.connection_pk
        )

    def _update(self, **values: object) -> None:
        PmsConnection.objects.filter(pk=self.connection_pk).update(**values)
