"""`manage.py` as a person meets it, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
NOBODY_LISTENS = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1",
    "SECRET_KEY": "0123456789" * 6,
    "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {key: value for key, value in os.environ.items() if key not in {"DATA_DIR", *NOBODY_LISTENS}}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**plain, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


@pytest.mark.parametrize(
    "command", [("messages", "--charger", "CP1"), ("import_site", "backoffice/demo.json"), ("migrate",)]
)
def test_it_says_in_one_sentence_that_the_database_does_not_answer(command: tuple[str, ...]):
    said = one_sentence(manage(*command, **NOBODY_LISTENS))

    assert (
        "PostgreSQL does not answer at DATABASE_URL: run `make demo` in another terminal, or set DATABASE_URL" in said
    )


def test_it_says_where_the_embedded_database_should_be(tmp_path: Path):
    said = one_sentence(manage("messages", "--charger", "CP1", DATA_DIR=str(tmp_path / "none")))

    assert "PostgreSQL does not answer in DATA_DIR" in said


def test_it_says_in_one_sentence_what_is_wrong_with_a_setting():
    said = one_sentence(manage("up", **{**NOBODY_LISTENS, "LIVE_VALIDATION_TIMEOUT_S": "soon"}))

    assert said == "LIVE_VALIDATION_TIMEOUT_S is 'soon': write a whole number of at least 1.\n"


def test_it_says_in_one_sentence_that_a_folder_cannot_be_written_to(tmp_path: Path):
    (tmp_path / "file").touch()

    said = one_sentence(manage("up", DATA_DIR=str(tmp_path / "file" / "var")))

    assert "set DATA_DIR to a folder that you can write to" in said


def test_it_lets_doctor_tell_of_servers_that_do_not_answer(tmp_path: Path):
    done = manage("doctor", **NOBODY_LISTENS, PUBLIC_BASE_URL="http://127.0.0.1:9", DATA_DIR=str(tmp_path))

    assert done.returncode == 1
    assert "WRONG  database: PostgreSQL does not answer" in done.stdout
    assert "WRONG  Redis: it does not answer" in done.stdout
    assert "WRONG  pages: nothing of ours answered at http://127.0.0.1:9" in done.stdout
    assert "3 things are wrong." in done.stdout
    assert done.stderr == ""
