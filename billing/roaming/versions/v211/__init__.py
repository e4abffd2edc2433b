"""OCPI 2.1.1: one party on each side, tokens in clear, and Locations within Sessions and CDRs."""

from billing.roaming.versions.entry import KnownVersion
from billing.roaming.versions.v211 import cdrs, commands, locations, sessions, tariffs, tokens

VERSION = KnownVersion(
    name="2.1.1",
    has_roles=False,
    encodes_tokens=False,
    embeds_locations=True,
    location=locations.location,
    session=sessions.session,
    tariff=tariffs.tariff,
    cdr=cdrs.cdr,
    token_form=tokens.TokenForm,
    token_change_form=tokens.TokenChangeForm,
    types_token_urls=False,
    token=tokens.token,
    command_response=commands.response,
    command_result=commands.result,
)
