"""A small IMAP server on the loopback address: one mailbox, with the part of RFC 3501 needed to read it."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Box:
    """The mails by UID, and which were read."""

    user: str = "support"
    password: str = "secret"
    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    port: int = 0

    def deliver(self, raw: bytes) -> int:
        key = len(self.mails) + 1
        self.mails[key] = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return key

    @property
    def url(self) -> str:
        return f"imap://{self.user}:{self.password}@127.0.0.1:{self.port}/INBOX"


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            self._answer(tag, rest)
            if rest.upper() == "LOGOUT":
                return

    def _answer(self, tag: str, command: str) -> None:
        box: Box = self.server.box  # type: ignore[attr-defined]
        status = "OK done"
        if command.upper() == "CAPABILITY":
            self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif command.startswith("LOGIN") and command != f'LOGIN {box.user} "{box.password}"':
            status = "NO wrong password"
        elif command.startswith("SELECT"):
            self.wfile.write(f"* {len(box.mails)} EXISTS\r\n".encode())
        elif command == "UID SEARCH UNSEEN":
            unseen = " ".join(str(key) for key in box.mails if key not in box.seen)
            self.wfile.write(f"* SEARCH {unseen}\r\n".encode())
        elif found := re.fullmatch(r"UID FETCH (\d+) \((.+)\)", command):
            self._fetch(box, int(found[1]), found[2])
        elif found := re.fullmatch(r"UID STORE (\d+) \+FLAGS \(\\Seen\)", command):
            box.seen.add(int(found[1]))
        self.wfile.write(f"{tag} {status}\r\n".encode())

    def _fetch(self, box: Box, key: int, what: str) -> None:
        raw = box.mails[key]
        if what == "RFC822.SIZE":
            self.wfile.write(f"* {key} FETCH (UID {key} RFC822.SIZE {len(raw)})\r\n".encode())
            return
        shown = raw if what == "BODY.PEEK[]" else raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        name = what.replace(".PEEK", "")
        self.wfile.write(f"* {key} FETCH (UID {key} {name} {{{len(shown)}}}\r\n".encode() + shown + b")\r\n")


@contextmanager
def running() -> Iterator[Box]:
    """Yields the mailbox while its server runs."""
    box = Box()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as server:
        server.daemon_threads = True
        server.box = box  # type: ignore[attr-defined]
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join()
