"""Reads a mail in its own process, so that a malicious one blocks a worker only for seconds and no other mail.

The process imports only the parser.
"""

import base64
import json
import sys
from dataclasses import asdict
from typing import Any, Final

from chargers.lib import isolated
from chargers.lib.isolated import BrokenOffError, TooSlowError
from support.mailbox import parsing
from support.mailbox.authentication import Check
from support.mailbox.parsing import Mail, UnreadableError, Writer

_MODULE: Final = "support.mailbox.isolation"
TIMEOUT_S: Final = 10.0
_MAX_MEMORY: Final = 1024 * 1024 * 1024
"""Bytes. The largest mail that is fetched, 25 MiB, needs a fifth of it."""


def parse(raw: bytes, *, own_addresses: frozenset[str], authserv_id: str = "", timeout_s: float = TIMEOUT_S) -> Mail:
    """Like `parsing.parse`, within that time. Raises UnreadableError, also if the time or the memory is used up."""
    options = json.dumps({"own_addresses": sorted(own_addresses), "authserv_id": authserv_id})
    try:
        answer = json.loads(isolated.run(_MODULE, options.encode() + b"\n" + raw, timeout_s=timeout_s))
    except TooSlowError as exc:
        raise UnreadableError(f"It takes longer than {timeout_s:g} s to read.") from exc
    except BrokenOffError as exc:
        raise UnreadableError(
            f"Reading it ended with {exc.return_code}: it takes too much memory, or breaks the parser."
        ) from exc
    if problem := answer.pop("problem", ""):
        raise UnreadableError(problem)
    return _mail_of(answer)


def _mail_of(fields: dict[str, Any]) -> Mail:
    files = tuple((name, base64.b64decode(content)) for name, content in fields["files"])
    references = tuple(fields["references"])
    enums = {"writer": Writer(fields["writer"]), "check": Check(fields["check"])}
    return Mail(**fields | enums | {"files": files, "references": references})


def main() -> None:
    """Reads a line of options and the mail from stdin; writes the mail's fields, or the `problem`, as a JSON object."""
    isolated.limit_memory(_MAX_MEMORY)
    options = json.loads(sys.stdin.buffer.readline())
    raw = sys.stdin.buffer.read()
    try:
        mail = parsing.parse(raw, own_addresses=frozenset(options["own_addresses"]), authserv_id=options["authserv_id"])
    except UnreadableError as exc:
        json.dump({"problem": str(exc) or "It is no mail."}, sys.stdout)
        return
    files = [(name, base64.b64encode(content).decode()) for name, content in mail.files]
    json.dump(asdict(mail) | {"files": files}, sys.stdout)


if __name__ == "__main__":
    main()
