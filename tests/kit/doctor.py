"""What the tests of backoffice.diagnosis and commands.doctor share."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from backoffice import diagnosis
from tests.kit import servers

NOW = datetime.now(tz=UTC)


def examine(*, now: datetime = NOW) -> dict[str, str]:
    """Returns the problems by area: the sentence and the remedy."""
    found = diagnosis.examine(now=now)
    return {finding.area: f"{finding.sentence} {finding.remedy}" for finding in found if not finding.is_well}


class Healthy(BaseHTTPRequestHandler):
    """Responds as our pages do."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok"}')

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def _served(settings: Any) -> Iterator[None]:
    with HTTPServer(("127.0.0.1", 0), Healthy) as http:
        Thread(target=http.serve_forever, daemon=True).start()
        settings.PUBLIC_BASE_URL = f"http://127.0.0.1:{http.server_port}"
        yield
        http.shutdown()


@pytest.fixture
def _durable() -> Iterator[None]:
    """Runs PostgreSQL as the product starts it."""
    servers.wait_for_the_disk(True)
    yield
    servers.wait_for_the_disk(False)
