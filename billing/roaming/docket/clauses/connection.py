"""Clauses on versions, credentials, and routing headers."""

from typing import Final

from billing.roaming.docket.clauses.entry import Clause, Reaction, cite, cite_only
from billing.roaming.docket.clauses.objects import object_clauses

_ROUTING: Final = cite("4.1 JSON / HTTP implementation guide, Message Routing Headers")
_ROUTES: Final = cite(
    "4.1 JSON / HTTP implementation guide, Overview of required/optional routing headers for different scenarios"
)

CLAUSES: Final = (
    *object_clauses(
        "versions",
        "versions",
        "a version or an endpoint",
        kinds=("field_missing", "field_type", "value_unknown", "value_case"),
        sources=cite("6.1.2 Version class; 6.2.2 Endpoint class", v211="Version information endpoint, Data"),
    ),
    Clause(
        code="versions.endpoint_role_missing",
        title="An endpoint has no role",
        module="versions",
        sources=cite("6.2.2 Endpoint class"),
        says="Every endpoint states its role, SENDER or RECEIVER.",
        reaction=Reaction.TOLERATED,
        ours="We take the endpoint for either role.",
        remedy="Add role to each endpoint of the version details.",
    ),
    Clause(
        code="versions.credentials_missing",
        title="The version details list no credentials endpoint",
        module="versions",
        sources=cite("6.2.4 ModuleID", v211="Version details endpoint, ModuleID enum"),
        says="The credentials module is required of every implementation.",
        reaction=Reaction.REFUSED,
        ours="We ended the handshake (3003).",
        remedy="List your credentials endpoint in the version details.",
    ),
    *object_clauses(
        "credentials",
        "credentials",
        "the credentials",
        kinds=("field_missing", "field_type", "value_unknown", "value_case", "text_too_long"),
        sources=cite(
            "7.3.1 Credentials object; 7.4.1 CredentialsRole class", v211="Credentials endpoint, 2.1 Credentials object"
        ),
    ),
    Clause(
        code="credentials.form_of_2_1_1",
        title="Credentials in the form of 2.1.1",
        module="credentials",
        sources=cite("7.3.1 Credentials object"),
        says="Parties stand in roles, each with role, party_id, country_code and business_details.",
        reaction=Reaction.REFUSED,
        ours="We answered 2001, or ended the handshake.",
        remedy="Send a list of roles instead of one party.",
    ),
    Clause(
        code="credentials.form_of_2_2",
        title="Credentials in the form of 2.2",
        module="credentials",
        sources=cite_only("2.1.1", "Credentials endpoint, 2.1 Credentials object"),
        says="party_id, country_code and business_details stand in the object itself.",
        reaction=Reaction.REFUSED,
        ours="We answered 2001, or ended the handshake.",
        remedy="Send one party without roles in 2.1.1.",
    ),
    Clause(
        code="credentials.role_twice",
        title="A role is stated twice",
        module="credentials",
        sources=cite("7.3.1 Credentials object"),
        says="Every role has a combination of role, party_id and country_code of its own.",
        reaction=Reaction.TOLERATED,
        ours="We take the party once.",
        remedy="List each role once.",
    ),
    Clause(
        code="credentials.post_when_registered",
        title="POST of credentials by a partner that is registered",
        module="credentials",
        sources=cite("7.2.2 POST Method", v211="Credentials endpoint, 1.2 POST Method"),
        says="A POST registers; a client that is registered already is answered 405.",
        reaction=Reaction.REFUSED,
        ours="We answered 405.",
        remedy="Change your credentials with PUT. To register from the start, DELETE them first.",
    ),
    Clause(
        code="credentials.put_when_not_registered",
        title="PUT or DELETE of credentials by a partner that is not registered",
        module="credentials",
        sources=cite(
            "7.2.3 PUT Method; 7.2.4 DELETE Method",
            v211="Credentials endpoint, 1.3 PUT Method; 1.4 DELETE Method",
        ),
        says="PUT and DELETE are for registered clients; others are answered 405.",
        reaction=Reaction.REFUSED,
        ours="We answered 405.",
        remedy="Register with POST and the token A.",
    ),
    Clause(
        code="routing.request_missing",
        title="A request has no routing headers",
        sources=_ROUTES,
        says="Requests of functional modules name the party that they are for and the party that sends them; only "
        "two platforms of one party each may leave that out.",
        reaction=Reaction.TOLERATED,
        ours="We go by the address, or by the only party; where that does not do, we answer 2002.",
        remedy="Send OCPI-to-country-code, OCPI-to-party-id, OCPI-from-country-code and OCPI-from-party-id.",
    ),
    Clause(
        code="routing.answer_missing",
        title="An answer has no routing headers",
        sources=_ROUTES,
        says="Answers of functional modules carry the routing headers, too, except between two platforms of one "
        "party each.",
        reaction=Reaction.TOLERATED,
        ours="We take the answer by its connection.",
        remedy="Copy the routing headers of the request into the answer, with to and from exchanged.",
    ),
    Clause(
        code="routing.incomplete",
        title="A routing header stands without its other half",
        sources=_ROUTING,
        says="A party is named by two headers: country-code and party-id.",
        reaction=Reaction.TOLERATED,
        ours="We ignored the half.",
        remedy="Send country-code and party-id together.",
    ),
    Clause(
        code="routing.on_configuration",
        title="Routing headers on a configuration module",
        sources=_ROUTING,
        says="Credentials and versions are between two platforms: they have no routing headers.",
        reaction=Reaction.TOLERATED,
        ours="We ignored the headers.",
        remedy="Leave the routing headers out on credentials and versions.",
    ),
    Clause(
        code="routing.not_swapped",
        title="An answer repeats the routing headers of its request",
        sources=_ROUTES,
        says="In the answer the parties are exchanged: to is who asked, from is who answers.",
        reaction=Reaction.TOLERATED,
        ours="We take the answer by its connection.",
        remedy="Exchange to and from in the answer.",
    ),
    Clause(
        code="routing.unknown_receiver",
        title="A request is for a party that is not ours",
        sources=_ROUTING,
        says="OCPI-to names the connected party that a message is sent to.",
        reaction=Reaction.REFUSED,
        ours="We answered 404.",
        remedy="Use a country code and a party id of our credentials; GET them if you do not have them.",
    ),
)
