"""Reads a mail in its own process, so that a malicious one blocks a worker only for seconds and no other mail.

Workers use threads, which cannot be stopped from outside. The process imports only the parser.
"""

import base64
import json
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from support.mailbox import parsing
from support.mailbox.authentication import Check
from support.mailbox.parsing import Mail, UnreadableError, Writer

_ROOT: Final = Path(__file__).resolve().parents[2]
_COMMAND: Final = (sys.executable, "-m", "support.mailbox.isolation")
TIMEOUT_S: Final = 10.0
_MAX_MEMORY: Final = 1024 * 1024 * 1024
"""Bytes. The largest mail that is fetched, 25 MiB, needs a fifth of it."""


def parse(raw: bytes, *, own_addresses: frozenset[str], authserv_id: str = "", timeout_s: float = TIMEOUT_S) -> Mail:
    """Like `parsing.parse`, within that time. Raises UnreadableError, also if the time or the memory is used up."""
    options = json.dumps({"own_addresses": sorted(own_addresses), "authserv_id": authserv_id})
    try:
        parser_run = subprocess.run(
            _COMMAND,
            input=options.encode() + b"\n" + raw,
            capture_output=True,
            check=False,
            cwd=_ROOT,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired as exc:
        raise UnreadableError(f"It takes longer than {timeout_s:g} s to read.") from exc
    if parser_run.returncode:
        raise UnreadableError(
            f"Reading it ended with {parser_run.returncode}: it takes too much memory, or breaks the parser."
        )
    answer = json.loads(parser_run.stdout)
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
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
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
