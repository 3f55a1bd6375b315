"""What factsheets recommended before, as rows: from their published words, and from what is written since.

Each recommendation and highlight becomes a row, and each paragraph of the challenges, where every language
has as many. What a factsheet published has its reference from now on; published documents stay as they are.

Revision 0048, after 0047.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from consulta.core.texts import Text
from consulta.infra.models import Instant, Translated

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

LETTERS = {"recommendation": "R", "challenge": "D", "initiative": "I"}
LISTS: dict[str, Any] = {"highlights": [], "challenges": {}, "recommendations": []}

DIALOGUES = sa.table(
    "dialogues",
    sa.column("id", sa.Integer),
    sa.column("round_id", sa.Integer),
    sa.column("starts_local", sa.Text),
    sa.column("topics", sa.JSON),
    sa.column("factsheet", sa.JSON),
    sa.column("factsheet_version", sa.Integer),
    sa.column("created_at", Instant()),
)
DOCUMENTS = sa.table(
    "documents",
    sa.column("round_id", sa.Integer),
    sa.column("kind", sa.Text),
    sa.column("version", sa.Integer),
    sa.column("content", sa.Text),
    sa.column("created_at", Instant()),
)
ROUNDS = sa.table("rounds", sa.column("id", sa.Integer), sa.column("example", sa.Boolean))
THEMES = sa.table(
    "themes",
    sa.column("round_id", sa.Integer),
    sa.column("key", sa.Text),
    sa.column("objectives", sa.JSON),
)
ROWS = sa.table(
    "recommendations",
    sa.column("id", sa.Integer),
    sa.column("dialogue_id", sa.Integer),
    sa.column("kind", sa.Text),
    sa.column("position", sa.Integer),
    sa.column("reference", sa.Text),
    sa.column("text", Translated()),
    sa.column("language", sa.Text),
    sa.column("topic", sa.Text),
    sa.column("objectives", sa.JSON),
    sa.column("addressed", sa.JSON),
    sa.column("version", sa.Integer),
    sa.column("created_at", Instant()),
    sa.column("published_at", Instant()),
    sa.column("withdrawn_at", Instant()),
    sa.column("reason", Translated()),
)
TEXTS = sa.table(
    "recommendation_texts",
    sa.column("recommendation_id", sa.Integer),
    sa.column("version", sa.Integer),
    sa.column("text", Translated()),
    sa.column("factsheet", sa.Integer),
    sa.column("published_at", Instant()),
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    numbers: dict[str, int] = {}
    for dialogue in connection.execute(sa.select(DIALOGUES).order_by(DIALOGUES.c.starts_local)).all():
        published = _published(connection, dialogue)
        written = dialogue.factsheet or {}
        if not written and published is None:
            continue
        # After a way back to 0045, 0046 or 0047 the rows are still there.
        if connection.execute(sa.select(ROWS.c.id).where(ROWS.c.dialogue_id == dialogue.id)).first() is None:
            _take_over(connection, dialogue, written, published, numbers)
        if written:
            connection.execute(
                sa.update(DIALOGUES)
                .where(DIALOGUES.c.id == dialogue.id)
                .values(factsheet={**written, **LISTS})
            )


def _published(connection: sa.Connection, dialogue: Any) -> Any:
    if dialogue.factsheet_version is None:
        return None
    return connection.execute(
        sa.select(DOCUMENTS).where(
            DOCUMENTS.c.round_id == dialogue.round_id,
            DOCUMENTS.c.kind == "factsheet",
            DOCUMENTS.c.version == dialogue.factsheet_version,
        )
    ).first()


def _take_over(
    connection: sa.Connection, dialogue: Any, written: dict[str, Any], published: Any, numbers: dict[str, int]
) -> None:
    """Write the rows of one session: what is published with its reference, what is only written as drafts."""
    public = _lists(json.loads(published.content)["words"]) if published is not None else {}
    now = _lists(written)
    example = connection.scalar(sa.select(ROUNDS.c.example).where(ROUNDS.c.id == dialogue.round_id))
    topic, objectives = _topic(connection, dialogue)
    for kind, letter in LETTERS.items():
        stem = f"{'EJ' if example else ''}{dialogue.starts_local[:4]}-{letter}"
        rows = _matched(public.get(kind, []), now[kind])
        for position, (was, become) in enumerate(rows, start=1):
            text, addressed = become or was
            reference = None
            if was is not None:
                numbers[stem] = numbers.get(stem, 0) + 1
                reference = f"{stem}{numbers[stem]}"
            number = connection.execute(
                sa.insert(ROWS)
                .values(
                    dialogue_id=dialogue.id,
                    kind=kind,
                    position=position,
                    reference=reference,
                    text=Text(text),
                    language=next(iter(text), "es"),
                    topic=topic,
                    objectives=objectives,
                    addressed=addressed,
                    version=1,
                    created_at=dialogue.created_at,
                    published_at=published.created_at if was is not None else None,
                    withdrawn_at=None,
                    reason=Text(),
                )
                .returning(ROWS.c.id)
            ).scalar_one()
            if was is not None:
                connection.execute(
                    sa.insert(TEXTS).values(
                        recommendation_id=number,
                        version=1,
                        text=Text(was[0]),
                        factsheet=published.version,
                        published_at=published.created_at,
                    )
                )


def _lists(words: dict[str, Any]) -> dict[str, list[Any]]:
    """Return text and addressees of each row that the words of a factsheet have, by kind."""
    return {
        "recommendation": [(each, ["all"]) for each in words.get("recommendations", []) if each],
        "challenge": [(each, ["all"]) for each in _paragraphs(words.get("challenges", {}))],
        "initiative": [
            ({code: said for code, said in each.items() if code != "country"}, [each["country"] or "all"])
            for each in words.get("highlights", [])
        ],
    }


def _paragraphs(text: dict[str, str]) -> list[dict[str, str]]:
    """Return the paragraphs of a text, each in all its languages; the whole where their numbers differ."""
    parts = {code: [each for each in said.split("\n") if each.strip()] for code, said in text.items()}
    if not any(parts.values()):
        return []
    if len({len(each) for each in parts.values()}) > 1:
        return [text]
    return [dict(zip(parts, each, strict=True)) for each in zip(*parts.values(), strict=True)]


def _matched(public: list[Any], now: list[Any]) -> list[tuple[Any, Any]]:
    """Return pairs of what was published and what it is now; None where there is no such."""
    free = list(range(len(now)))
    same: dict[int, int] = {}
    for place, each in enumerate(public):
        found = next((one for one in free if now[one] == each), None)
        if found is not None:
            same[place] = found
            free.remove(found)
    pairs = []
    for place, each in enumerate(public):
        if place in same:
            pairs.append((each, now[same[place]]))
        elif place in free:  # its words were changed where it stands
            free.remove(place)
            pairs.append((each, now[place]))
        else:
            pairs.append((each, None))
    return [*pairs, *((None, now[one]) for one in free)]


def _topic(connection: sa.Connection, dialogue: Any) -> tuple[str, list[int]]:
    """Return the topic of a session that has one, and the objectives of all its topics."""
    themes = connection.execute(sa.select(THEMES).where(THEMES.c.round_id == dialogue.round_id)).all()
    about = [each for each in themes if each.key in (dialogue.topics or [])]
    objectives = sorted({number for each in about for number in each.objectives})
    return (about[0].key if len(about) == 1 else ""), objectives


def downgrade() -> None:
    """Undo: what is written now goes back into the words of each factsheet; references are given up."""
    connection = op.get_bind()
    for dialogue in connection.execute(sa.select(DIALOGUES)).all():
        rows = connection.execute(
            sa.select(ROWS)
            .where(ROWS.c.dialogue_id == dialogue.id, ROWS.c.withdrawn_at.is_(None))
            .order_by(ROWS.c.position, ROWS.c.id)
        ).all()
        if not rows or not dialogue.factsheet:
            continue
        hard = [each.text for each in rows if each.kind == "challenge"]
        codes = dict.fromkeys(code for text in hard for code in text)
        words = {
            **dialogue.factsheet,
            "recommendations": [dict(each.text) for each in rows if each.kind == "recommendation"],
            "challenges": {
                code: "\n\n".join(text[code] for text in hard if text.get(code)) for code in codes
            },
            "highlights": [
                {
                    "country": each.addressed[0]
                    if len(each.addressed) == 1 and len(each.addressed[0]) == len("PE")
                    else "",
                    **dict(each.text),
                }
                for each in rows
                if each.kind == "initiative"
            ],
        }
        connection.execute(sa.update(DIALOGUES).where(DIALOGUES.c.id == dialogue.id).values(factsheet=words))
