"""What the domain of a sender says of its mail, on a table of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.resolver
import pytest

from consulta.platform.mailer import sender_domain
from consulta.platform.mailer.sender_domain import PROVIDERS, Finding, SilentError
from tests.cases import for_each

if TYPE_CHECKING:
    from collections.abc import Mapping

SENDER = "voto@red.example.org"
DOMAIN = "red.example.org"
KEY = "v=DKIM1; k=rsa; p=MIGfMA0"


def found(records: Mapping[str, list[str]], provider: str = "google") -> dict[str, Finding]:
    """The findings of a domain whose TXT records are these; all other names have none."""
    asked = sender_domain.findings(SENDER, provider, lambda name: tuple(records.get(name, ())))
    return {each.record: each for each in asked}


@for_each(
    "records, provider, code, value",
    [
        ([], "google", "missing", "v=spf1 include:_spf.google.com ~all"),
        ([], "microsoft", "missing", "v=spf1 include:spf.protection.outlook.com ~all"),
        ([], "other", "missing", "v=spf1 mx ~all"),
        ([], "brevo", "not_needed", ""),
        (["v=spf1 mx ~all"], "mailjet", "not_needed", ""),
        (["google-site-verification=x", "v=spf1 include:_spf.google.com ~all"], "google", "included", ""),
        (["V=SPF1 Include:_SPF.google.com -all"], "google", "included", ""),
        (["v=spf1 mx -all"], "google", "not_included", "v=spf1 mx include:_spf.google.com -all"),
        (["v=spf1 mx ~all"], "google", "not_included", "v=spf1 mx include:_spf.google.com ~all"),
        (["v=spf1 mx"], "google", "not_included", "v=spf1 mx include:_spf.google.com"),
        (
            ["v=spf1 mx ?all"],
            "microsoft",
            "not_included",
            "v=spf1 mx include:spf.protection.outlook.com ?all",
        ),
        (["v=spf1 mx +all"], "google", "anybody", "v=spf1 mx include:_spf.google.com ~all"),
        (["v=spf1 mx all"], "brevo", "anybody", "v=spf1 mx include:spf.brevo.com ~all"),
        (
            ["v=spf1 mx -all", "v=spf1 a ~all"],
            "google",
            "several",
            "v=spf1 mx a include:_spf.google.com ~all",
        ),
        (["v=spf1 mx ~all"], "other", "unsure", ""),
        (["v=spf10 mx ~all"], "google", "missing", "v=spf1 include:_spf.google.com ~all"),
    ],
)
def test_who_may_send(records: list[str], provider: str, code: str, value: str) -> None:
    spf = found({DOMAIN: records}, provider)["spf"]
    assert (spf.code, spf.value) == (code, value)
    assert spf.verdict == ("good" if code in {"included", "not_needed", "unsure"} else "bad")


def test_what_a_part_of_the_record_includes_counts() -> None:
    parts = {DOMAIN: ["v=spf1 include:spf.host.example ~all"]}
    assert found(parts)["spf"].code == "not_included"
    assert (
        found({**parts, "spf.host.example": ["v=spf1 include:_spf.google.com ?all"]})["spf"].code
        == "included"
    )
    led = {DOMAIN: ["v=spf1 redirect=spf.host.example"]}
    assert (
        found({**led, "spf.host.example": ["v=spf1 include:_spf.google.com ?all"]})["spf"].code == "included"
    )
    assert found(led)["spf"].value == "v=spf1 include:_spf.google.com redirect=spf.host.example"


def test_a_record_that_asks_too_often_or_turns_in_a_circle_ends() -> None:
    many = " ".join(f"include:n{number}.example" for number in range(11))
    assert found({DOMAIN: [f"v=spf1 {many} include:_spf.google.com ~all"]})["spf"].code == "long"
    circle = {DOMAIN: [f"v=spf1 include:{DOMAIN} ~all"]}
    assert found(circle)["spf"].code == "not_included"


@for_each(
    "provider, selector",
    [(each.key, selector) for each in PROVIDERS.values() for selector in each.selectors],
)
def test_the_signature_of_each_service_is_looked_for_under_its_names(provider: str, selector: str) -> None:
    name = f"{selector}._domainkey.{DOMAIN}"
    assert found({name: [KEY]}, provider)["dkim"].code == "signed"
    assert found({name: ["v=DKIM1; p="]}, provider)["dkim"].code == "revoked"
    without = found({f"elsewhere._domainkey.{DOMAIN}": [KEY]}, provider)["dkim"]
    assert (without.verdict, without.code) == ("bad", "missing")
    assert without.name == f"{PROVIDERS[provider].selectors[0]}._domainkey.{DOMAIN}"


def test_of_another_server_nobody_knows_where_its_signature_is() -> None:
    assert found({}, "other")["dkim"] == Finding("dkim", "unknown", "no_selector")


@for_each(
    "records, code",
    [
        ({}, "missing"),
        ({f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none"]}, "watching"),
        ({f"_dmarc.{DOMAIN}": ["v=DMARC1;p=Quarantine;rua=mailto:a@b.example"]}, "strict"),
        ({"_dmarc.example.org": ["v=DMARC1; p=reject"]}, "strict"),
        ({"_dmarc.org": ["v=DMARC1; p=reject"]}, "missing"),
        ({f"_dmarc.{DOMAIN}": ["v=DMARC1; rua=mailto:a@b.example"]}, "unreadable"),
        ({f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "several"),
        ({f"_dmarc.{DOMAIN}": ["something else"]}, "missing"),
    ],
)
def test_what_to_do_with_mail_that_only_claims_to_be_of_the_domain(
    records: dict[str, list[str]], code: str
) -> None:
    dmarc = found(records)["dmarc"]
    assert dmarc.code == code
    if code == "missing":
        assert (dmarc.name, dmarc.value) == (
            f"_dmarc.{DOMAIN}",
            f"v=DMARC1; p=none; rua=mailto:{SENDER}",
        )


def test_a_name_service_that_does_not_answer_is_no_missing_record() -> None:
    def silent(_name: str) -> tuple[str, ...]:
        raise SilentError

    for provider in ("google", "brevo"):
        assert {each.code for each in sender_domain.findings(SENDER, provider, silent)} == {"silent"}
    assert sender_domain.findings("voto@" + "a" * 70 + ".example", "google")[0].code in {"silent", "missing"}


def test_the_name_service_of_the_machine_is_asked_with_a_short_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    class Row:
        strings = (b"v=spf1 ", b"~all")

    def resolve(_self: object, name: str, kind: str, *, lifetime: float) -> list[Row]:
        asked.append((name, kind, lifetime))
        if name == DOMAIN:
            return [Row()]
        if name.startswith("none."):
            raise dns.resolver.NoAnswer
        raise dns.resolver.LifetimeTimeout(timeout=lifetime, errors=[])

    monkeypatch.setattr(dns.resolver.Resolver, "resolve", resolve)
    assert sender_domain.look_up(DOMAIN) == ("v=spf1 ~all",)
    assert sender_domain.look_up(f"none.{DOMAIN}") == ()
    with pytest.raises(SilentError):
        sender_domain.look_up(f"slow.{DOMAIN}")
    assert all(kind == "TXT" and lifetime <= 5 for _, kind, lifetime in asked)
