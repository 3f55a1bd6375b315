"""What the domain of the sender says of its mail (SPF, DKIM, DMARC), and which records it needs.

Only a person's click asks the domain. A page has words for each code, and a text for who keeps the domain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import dns.exception
import dns.resolver

LIFETIME = 3.0  # seconds for one answer
WHOLE_MOST = 10  # questions of one SPF record to the name service (RFC 7208, 4.6.4)

LookUp = Callable[[str], tuple[str, ...]]
"""Returns the TXT records of a name, none where there are none. Raises `SilentError` where none answers."""


class SilentError(Exception):
    """The name service did not answer."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail service: its server, and what it needs in the domain of the sender.

    `include` is its part of the SPF record. Where it is not `aligned`, it sends with a return address of its
    own, so that the signature alone speaks for the domain. `selectors` are the names under which it
    publishes the key of the signature. `user_is_sender`: it signs in with the address of the sender.
    """

    key: str
    name: str
    host: str
    include: str
    selectors: tuple[str, ...]
    aligned: bool = True
    user_is_sender: bool = True
    rate: int = 60  # mails a minute
    port: int = 587
    tls: str = "starttls"


PROVIDERS = {
    each.key: each
    for each in (
        Provider(
            "google",
            "Google Workspace",
            "smtp.gmail.com",
            include="_spf.google.com",
            selectors=("google",),
        ),
        Provider(
            "microsoft",
            "Microsoft 365",
            "smtp.office365.com",
            include="spf.protection.outlook.com",
            selectors=("selector1", "selector2"),
            rate=25,  # it takes 30
        ),
        Provider(
            "brevo",
            "Brevo",
            "smtp-relay.brevo.com",
            include="spf.brevo.com",
            selectors=("brevo1", "brevo2", "mail"),
            aligned=False,
            user_is_sender=False,
        ),
        Provider(
            "mailjet",
            "Mailjet",
            "in-v3.mailjet.com",
            include="spf.mailjet.com",
            selectors=("mailjet",),
            aligned=False,
            user_is_sender=False,
        ),
    )
}
OTHER = "other"

Record = Literal["spf", "dkim", "dmarc"]
Verdict = Literal["good", "bad", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one record: a code for the words of a page, and the record to publish, if any.

    `name` is where the record to publish goes; `value` is empty where only the mail service knows it.
    """

    record: Record
    verdict: Verdict
    code: str
    name: str = ""
    value: str = ""
    found: str = ""


def look_up(name: str) -> tuple[str, ...]:
    """Return the TXT records of a name, as the name service of this machine tells them."""
    try:
        answer = dns.resolver.Resolver().resolve(name, "TXT", lifetime=LIFETIME)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except dns.exception.DNSException as error:
        raise SilentError from error
    return tuple(b"".join(row.strings).decode("utf-8", "replace") for row in answer)


def findings(address: str, provider: str, ask: LookUp = look_up) -> tuple[Finding, ...]:
    """Return what was found of SPF, DKIM and DMARC of the domain of a sender's address."""
    domain = address.rpartition("@")[2].lower()
    service = PROVIDERS.get(provider)
    looks: tuple[tuple[Record, Callable[[], Finding]], ...] = (
        ("spf", lambda: _spf(domain, service, ask)),
        ("dkim", lambda: _dkim(domain, service, ask)),
        ("dmarc", lambda: _dmarc(domain, address, ask)),
    )
    found = []
    for record, look in looks:
        try:
            found.append(look())
        except (SilentError, dns.exception.DNSException, UnicodeError):
            found.append(Finding(record, "unknown", "silent"))
    return tuple(found)


# -- SPF: who may send


def _spf(domain: str, service: Provider | None, ask: LookUp) -> Finding:
    records = _spf_records(domain, ask)
    include = f"include:{service.include}" if service else ""
    if len(records) > 1:
        return Finding("spf", "bad", "several", domain, _joined(records, include), found=" · ".join(records))
    if records:
        return _spf_record(domain, records[0], service, ask)
    if service and not service.aligned:
        return Finding("spf", "good", "not_needed")
    return Finding("spf", "bad", "missing", domain, f"v=spf1 {include or 'mx'} ~all")


def _spf_record(domain: str, record: str, service: Provider | None, ask: LookUp) -> Finding:
    include = f"include:{service.include}" if service else ""
    terms = record.lower().split()
    if "+all" in terms or "all" in terms:
        strict = " ".join("~all" if each.lower() in {"+all", "all"} else each for each in record.split())
        return Finding("spf", "bad", "anybody", domain, _with(strict, include), found=record)
    names, count = _included(domain, ask)
    if count > WHOLE_MOST:
        return Finding("spf", "bad", "long", domain, found=record)
    if service is None:
        return Finding("spf", "good", "unsure", found=record)
    if service.include not in names and service.aligned:
        return Finding("spf", "bad", "not_included", domain, _with(record, include), found=record)
    return Finding("spf", "good", "included" if service.include in names else "not_needed", found=record)


def _spf_records(domain: str, ask: LookUp) -> list[str]:
    return [each for each in ask(domain) if each.lower().split()[:1] == ["v=spf1"]]


def _with(record: str, include: str) -> str:
    """Return an SPF record with one more mechanism, before the one that ends it."""
    terms = record.split()
    if not include or include in terms:
        return record
    ending = next(
        (
            number
            for number, each in enumerate(terms)
            if each.lower().lstrip("+-~?") == "all" or each.lower().startswith("redirect=")
        ),
        len(terms),
    )
    return " ".join([*terms[:ending], include, *terms[ending:]])


def _joined(records: list[str], include: str) -> str:
    """Return one SPF record with all that several have: a domain must have one."""
    terms = dict.fromkeys(
        each for record in records for each in record.split()[1:] if each.lower().lstrip("+-~?") != "all"
    )
    return _with(" ".join(["v=spf1", *terms, "~all"]), include)


def _included(domain: str, ask: LookUp) -> tuple[set[str], int]:
    """Return the names that an SPF record includes, in its parts too, and how many questions that takes."""
    names: set[str] = set()
    count, waiting = 0, [domain]
    while waiting and count <= WHOLE_MOST:
        for record in _spf_records(waiting.pop(), ask)[:1]:
            for term in record.lower().split()[1:]:
                mechanism, _colon, name = term.lstrip("+-~?").replace("redirect=", "redirect:").partition(":")
                count += mechanism.partition("/")[0] in {"include", "a", "mx", "ptr", "exists", "redirect"}
                if mechanism in {"include", "redirect"} and name not in names:
                    names.add(name)
                    waiting.append(name)
    return names, count


# -- DKIM: the signature


def _dkim(domain: str, service: Provider | None, ask: LookUp) -> Finding:
    if service is None:
        return Finding("dkim", "unknown", "no_selector")
    revoked = False
    for selector in service.selectors:
        for record in ask(f"{selector}._domainkey.{domain}"):
            tags = _tags(record)
            if tags.get("p"):
                return Finding("dkim", "good", "signed")
            revoked = revoked or "p" in tags
    name = f"{service.selectors[0]}._domainkey.{domain}"
    return Finding("dkim", "bad", "revoked" if revoked else "missing", name)


def _tags(record: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in record.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}


# -- DMARC: what to do with mail that only claims to be of this domain


def _dmarc(domain: str, address: str, ask: LookUp) -> Finding:
    name = f"_dmarc.{domain}"
    wanted = f"v=DMARC1; p=none; rua=mailto:{address}"
    parts = domain.split(".")
    for start in range(max(1, len(parts) - 1)):  # that of a domain above counts too, down to two names
        asked = f"_dmarc.{'.'.join(parts[start:])}"
        records = [each for each in ask(asked) if _tags(each).get("v", "").upper() == "DMARC1"]
        if len(records) > 1:
            return Finding("dmarc", "bad", "several", asked, wanted, found=" · ".join(records))
        if records:
            policy = _tags(records[0]).get("p", "").lower()
            if policy not in {"none", "quarantine", "reject"}:
                return Finding("dmarc", "bad", "unreadable", asked, wanted, found=records[0])
            return Finding("dmarc", "good", "watching" if policy == "none" else "strict", found=records[0])
    return Finding("dmarc", "bad", "missing", name, wanted)
