"""POST /ocpi/<version>/commands/<command> (OCPI 2.2.1 13.2.1): answered at once; the result follows."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from rest_framework.request import Request

from authorization.roaming.transport import routing
from authorization.roaming.transport.envelope import Reply, Status
from billing.roaming.commands import forms, ordering
from billing.roaming.commands.ordering import Answer, OrderedCommand, RefusedError, UnknownLocationError
from billing.roaming.serving.base import AbsentError, FaultError, OcpiView
from chargers.lib import outbound


class Commands(OcpiView):
    module = "commands"

    def post(self, request: Request, name: str, **_: Any) -> Reply:
        form = forms.BY_NAME.get(name.upper())
        if form is None:
            raise AbsentError(f"There is no command {name[:40]}.", status=Status.CLIENT_ERROR)
        values = self.read(form)
        self._require_public(values["response_url"])
        if "token" in values:
            self.read(self.version.token_form, values["token"])
        correlation_id = routing.message_id(request.headers.get("X-Correlation-ID", ""))
        order_request = OrderedCommand(
            connection=self.connection,
            version=self.version,
            name=name.upper(),
            values=values,
            correlation_id=correlation_id,
        )
        try:
            ordering.order(order_request, now=datetime.now(tz=UTC))
        except RefusedError as exc:
            return self._response(exc.answer, str(exc))
        except UnknownLocationError as exc:
            raise FaultError(str(exc), status=Status.UNKNOWN_LOCATION) from exc
        return self._response(Answer.ACCEPTED)

    def _response(self, answer: Answer, message: str = "") -> Reply:
        timeout_s = int(ordering.TIMEOUT.total_seconds())
        return Reply(data=self.version.command_response(answer.value, timeout_s, message))

    def _require_public(self, url: str) -> None:
        """Raises FaultError for a private address, to which no result may be sent."""
        try:
            parts = urlsplit(url)
            refusal = outbound.refusal(parts.hostname or "", parts.port)
        except ValueError:
            refusal = "This address cannot be read."
        if refusal:
            raise FaultError(f"response_url: {refusal}")
