"""Statements of banks as text, for tests and the benchmark: CAMT of both generations, and MT940."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

OURS = "DE89370400440532013000"
THEIRS = "NL91ABNA0417164300"
DAY = "2026-11-20"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A booked entry; `cents` is signed. `details` are raw TxDtls; without any it gets one with its reference."""

    cents: int
    reference: str = "NOTPROVIDED"
    text: str = "Payout"
    name: str = "Hotel am See GmbH"
    status: str = "BOOK"
    day: str = DAY
    currency: str = "EUR"
    bank_reference: str = ""
    more: str = ""
    details: str | None = None


def amount(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"


def mark(cents: int) -> str:
    return "CRDT" if cents >= 0 else "DBIT"


def entry(one: Entry, *, version: int = 8) -> str:
    """Returns one Ntry in the format of version .02 or .08."""
    status = f"<Sts><Cd>{one.status}</Cd></Sts>" if version > 2 else f"<Sts>{one.status}</Sts>"
    bank = f"<AcctSvcrRef>{one.bank_reference}</AcctSvcrRef>" if one.bank_reference else ""
    details = detail(one, version=version) if one.details is None else one.details
    return (
        f'<Ntry><Amt Ccy="{one.currency}">{amount(one.cents)}</Amt><CdtDbtInd>{mark(one.cents)}</CdtDbtInd>{one.more}'
        f"{status}<BookgDt><Dt>{one.day}</Dt></BookgDt><ValDt><Dt>{one.day}</Dt></ValDt>{bank}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def detail(one: Entry, *, version: int = 8, with_amount: bool = False, more: str = "") -> str:
    """Returns one TxDtls; the other party is the debtor of a credit, the creditor of a debit."""
    name = f"<Nm>{escape(one.name)}</Nm>"
    party = f"<Pty>{name}</Pty>" if version > 2 else name
    role = "Dbtr" if one.cents >= 0 else "Cdtr"
    account = f"<{role}Acct><Id><IBAN>{THEIRS}</IBAN></Id></{role}Acct>"
    paid = f'<Amt Ccy="{one.currency}">{amount(one.cents)}</Amt>' if with_amount else ""
    if with_amount and version == 2:
        paid = f"<AmtDtls><TxAmt>{paid}</TxAmt></AmtDtls>"
    return (
        f"<TxDtls><Refs><EndToEndId>{escape(one.reference)}</EndToEndId></Refs>{paid}"
        f"<RltdPties><{role}>{party}</{role}>{account}</RltdPties>"
        f"<RmtInf><Ustrd>{escape(one.text)}</Ustrd></RmtInf>{more}</TxDtls>"
    )


def balance(code: str, cents: int, *, day: str = DAY) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount(cents)}</Amt>'
        f"<CdtDbtInd>{mark(cents)}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def statement(
    entries: Iterable[Entry],
    *,
    number: str = "1",
    opening: int | None = 100_000,
    closing: int | None = None,
    version: int = 8,
    tag: str = "Stmt",
    day: str = DAY,
    account: str = OURS,
) -> str:
    """Returns a statement with consecutive balances, unless `closing` differs; without `opening` it has no balances."""
    booked = list(entries)
    balances = ""
    if opening is not None:
        right = opening + sum(one.cents for one in booked if one.status == "BOOK")
        balances = balance("OPBD", opening, day=day) + balance("CLBD", right if closing is None else closing, day=day)
    return (
        f"<{tag}><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{day}T20:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}"
        f"{''.join(entry(one, version=version) for one in booked)}</{tag}>"
    )


def camt(*statements: str, version: int = 8, kind: str = "053") -> bytes:
    """Returns the whole file."""
    root = {"052": "BkToCstmrAcctRpt", "053": "BkToCstmrStmt", "054": "BkToCstmrDbtCdtNtfctn"}[kind]
    body = "\n".join(statements)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.'
        f'{version:02d}"><{root}><GrpHdr><MsgId>M1</MsgId></GrpHdr>\n{body}\n</{root}></Document>\n'
    ).encode()


def mt940(*lines: str, opening: int = 100_000, closing: int, number: str = "1/1", day: str = "261120") -> str:
    """Returns one statement with these lines (of :61: and :86:)."""
    body = "".join(f"{line}\n" for line in lines)
    return (
        f":20:STATEMENT\n:25:{OURS}\n:28C:{number}\n:60F:{_sign(opening)}{day}EUR{_comma(opening)}\n{body}"
        f":62F:{_sign(closing)}{day}EUR{_comma(closing)}\n-\n"
    )


def _sign(cents: int) -> str:
    return "C" if cents >= 0 else "D"


def _comma(cents: int) -> str:
    return f"{abs(cents) // 100},{abs(cents) % 100:02d}"
