"""docs/methods/person.md tells every field of the file of a person's data, and no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from consulta.operations import personal_data
from consulta.operations.pages import retention, what_is_kept
from tests.core.test_methods_docs import page, tables
from tests.desk.round_life import STAFF
from tests.operations.retention.test_people import first_contact
from tests.operations.retention.test_periods import lived

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench


def words(cell: str) -> set[str]:
    return set(cell.replace("`", "").split())


@pytest.mark.deep
def test_every_field_of_a_file_is_documented(app: Flask, bench: Bench, settings: Settings) -> None:
    whole, record, kinds, related, stays = tables(page("person"))
    house = lived(bench, settings)
    number, _address = first_contact(bench)
    with bench.read(STAFF, house.clock()) as work, app.test_request_context("/"):
        made = json.loads(retention._json(personal_data.look(work, "contact", number)))
    assert made.keys() == {row["field"].strip("`") for row in whole}
    assert made["format"] in page("person")
    assert [each.keys() for each in made["records"]] == [{row["field"].strip("`") for row in record}]
    assert made["records"][0]["related"].keys() <= {row["subject"].strip("`") for row in related}
    assert {row["code"].strip("`") for row in stays} == what_is_kept.STAYS.keys()
    assert {row["`kind`"].strip("`"): words(row["`data`"]) for row in kinds} == {
        kind: set(each.data) for kind, each in personal_data.RECORDS.items()
    }
    assert {
        (row["subject"].strip("`"), row["of which kind"].strip("`")): words(row["fields of each"])
        for row in related
    } == {
        (subject, kind): set(columns.split())
        for kind, found in personal_data._RELATED.items()
        for subject, _table, _whose, columns in found
    } | {("mails", "all"): set(personal_data.MAIL.split())}
    assert set(what_is_kept.SUBJECTS) == {row["subject"].strip("`") for row in related} | {"uploads"}
