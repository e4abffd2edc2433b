"""Describes what a card processor still wants to know about a host, and why it pays nothing out. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

_BY_BEGINNING: Final[Mapping[str, str]] = {
    "external_account": "a bank account to pay to",
    "tos_acceptance": "your agreement to the processor's terms",
    "business_type": "whether you are a person or a company",
    "business_profile.url": "the address of your website",
    "business_profile.mcc": "what your business does",
    "business_profile": "what your business does",
    "company.tax_id": "the company's tax number",
    "company.registration_number": "the company's registration number",
    "company.verification": "a document about the company",
    "company": "the company's name, address and telephone number",
    "settings.payments": "what stands on your drivers' card statements",
    "owners": "who owns the company",
    "directors": "who directs the company",
    "executives": "who runs the company",
    "representative": "who represents the company",
    "documents": "a document about your business",
}
_OF_PERSON: Final[Mapping[str, str]] = {
    "first_name": "name",
    "last_name": "name",
    "dob": "date of birth",
    "address": "address",
    "email": "e-mail address",
    "phone": "telephone number",
    "id_number": "personal identification number",
    "ssn_last_4": "last four digits of the social security number",
    "nationality": "nationality",
    "verification": "identity document",
    "political_exposure": "political exposure",
    "relationship": "role in the company",
}
_PEOPLE: Final[Mapping[str, str]] = {"individual": "your", "representative": "your representative's"}
_DISABLED: Final[Mapping[str, str]] = {
    "requirements.past_due": "It waits for what is missing; nothing is paid out until then.",
    "requirements.pending_verification": "It checks your details, which takes up to two days.",
    "under_review": "It reviews your account and writes to you if it needs more.",
    "listed": "Your name may be on a list of people who must not be paid; it checks that.",
    "platform_paused": "We have paused your payouts. Ask our support why.",
    "action_required.requested_capabilities": "Payouts have not been requested for your account. Ask our support.",
    "other": "It reviews your account and writes to you if it needs more.",
}
_REJECTED: Final = "It has closed your account and pays nothing out from it. Ask our support about another way."
_UNKNOWN_REASON: Final = "It pays nothing out from your account now. Ask our support why."


def missing(codes: Iterable[str]) -> list[str]:
    """Returns what is missing, each thing once even if several codes name it."""
    return list(dict.fromkeys(_sentence(code) for code in codes))


def describe_disabled_reason(code: str) -> str:
    """Returns why nothing is paid out; empty if no reason is given."""
    if not code:
        return ""
    if code.startswith("rejected."):
        return _REJECTED
    return _DISABLED.get(code, _UNKNOWN_REASON)


def _sentence(code: str) -> str:
    whose, _, field_path = code.partition(".")
    if whose in _PEOPLE or whose.startswith("person_"):
        label = _OF_PERSON.get(field_path.partition(".")[0])
        if label is not None:
            return f"{_PEOPLE.get(whose, 'the')} {label}{'' if whose in _PEOPLE else ' of a person of the company'}"
    texts = [text for beginning, text in _BY_BEGINNING.items() if code == beginning or code.startswith(f"{beginning}.")]
    return texts[0] if texts else f"one more detail ({code.replace('_', ' ').replace('.', ', ')})"
