# ruff: noqa: A002
"""An eMSP built on extrawest-ocpi, which checks our pushes by its own models. Run by its own interpreter:

FOREIGN_OCPI_PYTHON=/path/to/venv/bin/python make test ARGS=tests/billing/roaming/test_foreign_partner.py

It imports nothing of the project. Arguments: its port, the version, a token A for the peer.
"""

import json
import os
import sys
import uuid

PORT, VERSION, TOKEN_A = int(sys.argv[1]), sys.argv[2], sys.argv[3]
os.environ |= {"OCPI_HOST": f"127.0.0.1:{PORT}", "PROTOCOL": "http", "COUNTRY_CODE": "NL", "PARTY_ID": "EMS"}

import uvicorn  # noqa: E402
from py_ocpi import get_application  # noqa: E402
from py_ocpi.core.authentication.authenticator import Authenticator  # noqa: E402
from py_ocpi.core.crud import Crud  # noqa: E402
from py_ocpi.core.enums import ModuleID, RoleEnum  # noqa: E402
from py_ocpi.modules.versions.enums import VersionNumber  # noqa: E402

OBJECTS: dict[tuple[str, str], dict] = {}
GOOD: list[str] = []
INVITED: list[str] = [TOKEN_A]
PEER: dict[str, object] = {}


class Tokens(Authenticator):
    @classmethod
    async def get_valid_token_c(cls):
        return [*GOOD]

    @classmethod
    async def get_valid_token_a(cls):
        return [*INVITED]


class Store(Crud):
    @classmethod
    async def get(cls, module, role, id, *args, **kwargs):
        if module == ModuleID.credentials_and_registration:
            return cls.credentials(kwargs["auth_token"]) if kwargs["auth_token"] in GOOD else None
        return OBJECTS.get((module.value, str(id).lower()))

    @classmethod
    async def list(cls, module, role, filters, *args, **kwargs):
        chosen = [value for (name, _), value in OBJECTS.items() if name == module.value]
        offset, limit = filters["offset"], filters["limit"]
        return chosen[offset : offset + limit], len(chosen), offset + limit >= len(chosen)

    @classmethod
    async def create(cls, module, role, data, *args, **kwargs):
        if module == ModuleID.credentials_and_registration:
            return cls.register(data)
        key = data.get("uid") or data.get("id")
        OBJECTS[module.value, str(key).lower()] = data
        report(module.value, "create", str(key))
        return data

    @classmethod
    async def update(cls, module, role, data, id, *args, **kwargs):
        if module == ModuleID.credentials_and_registration:
            return cls.register(data)
        OBJECTS[module.value, str(id).lower()] = data
        report(module.value, "update", str(id))
        return data

    @classmethod
    async def delete(cls, module, role, id, *args, **kwargs):
        OBJECTS.pop((module.value, str(id).lower()), None)
        report(module.value, "delete", str(id))

    @classmethod
    async def do(cls, module, role, action, *args, **kwargs):
        return None

    @classmethod
    def register(cls, data):
        PEER.update(data)
        INVITED.clear()
        GOOD.append(f"foreign-{uuid.uuid4().hex}")
        report("credentials", "register", str(data["credentials"]["token"]))
        return cls.credentials(GOOD[-1])

    @classmethod
    def credentials(cls, token):
        details = {"name": "Foreign eMSP"}
        common = {"token": token, "url": f"http://127.0.0.1:{PORT}/ocpi/versions"}
        party = {"party_id": "EMS", "country_code": "NL", "business_details": details}
        return common | (party if VERSION == "2.1.1" else {"roles": [party | {"role": "EMSP"}]})


def report(module: str, act: str, key: str) -> None:
    print(json.dumps({"module": module, "act": act, "key": key}), flush=True)


app = get_application(
    version_numbers=[VersionNumber(VERSION)],
    roles=[RoleEnum.emsp],
    crud=Store,
    modules=[
        ModuleID.credentials_and_registration,
        ModuleID.locations,
        ModuleID.sessions,
        ModuleID.cdrs,
        ModuleID.tariffs,
        ModuleID.tokens,
        ModuleID.commands,
    ],
    authenticator=Tokens,
)
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
