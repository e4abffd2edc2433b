"""Files and folders that nobody else may read, whatever the umask says."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from chargers.lib import private_files


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_new_file_is_ours_alone_and_is_made_once(tmp_path: Path):
    path = tmp_path / "secret"
    with private_files.create(path) as file:
        file.write(b"first")

    assert rights(path) == 0o600
    with pytest.raises(FileExistsError), private_files.create(path):
        pass
    assert path.read_bytes() == b"first"


def test_a_file_is_replaced_whole_and_closed_to_others(tmp_path: Path):
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    path.chmod(0o644)
    path.with_name(f"secret.{os.getpid()}.new").write_bytes(b"left by a killed process")

    private_files.write(path, b"new")

    assert (path.read_bytes(), rights(path)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_ours_alone_and_may_be_there_already(tmp_path: Path):
    folder = tmp_path / "a" / "b"
    private_files.make_folder(folder)
    private_files.make_folder(folder)

    assert rights(folder) == 0o700


@pytest.mark.parametrize(("before", "after"), [(0o755, 0o700), (0o640, 0o600), (0o600, 0o600), (0o400, 0o400)])
def test_what_others_may_do_is_taken_away(tmp_path: Path, before: int, after: int):
    path = tmp_path / "file"
    path.touch()
    path.chmod(before)

    private_files.close_to_others(path)

    assert rights(path) == after


def test_what_a_link_leads_to_stays_as_it_is(tmp_path: Path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.touch()
    path.chmod(0o644)
    link.symlink_to(path)

    private_files.close_to_others(link)

    assert rights(path) == 0o644
