"""Files and folders that no other user of this machine may read (0700, 0600), whatever the umask."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

OTHERS = 0o077


def make_folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def create(path: Path) -> Iterator[IO[bytes]]:
    """Creates a new file. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file


def write(path: Path, content: bytes) -> None:
    """Writes the whole file at once: readers see the old content or the new one."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.new")
    partial.unlink(missing_ok=True)
    with create(partial) as file:
        file.write(content)
    partial.replace(path)


def close_to_others(path: Path) -> None:
    """Removes others' permissions on our files; files of other users are left alone."""
    status = path.lstat()
    if status.st_uid == os.geteuid() and status.st_mode & OTHERS and not path.is_symlink():
        path.chmod(status.st_mode & 0o700)
