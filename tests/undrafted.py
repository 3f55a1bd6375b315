"""Long forms of the desk that keep no draft: every page that a test reads is looked at.

A form is long where it has a text area or more than five fields; one with a password of its own keeps none.
"""

from __future__ import annotations

import re

_AT_DESK = "js/drafts.js"
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_CONTROL = re.compile(r"<(input|select|textarea)\b([^>]*)>")
_NAME = re.compile(r'\bname="([^"]*)"')
_UNSEEN = re.compile(r'\btype="(hidden|submit|file|password)"|\shidden\b')
_SECRET = re.compile(
    r'\btype="password"(?![^>]*name="(confirm_)?password")[^>]*name="(?!confirm_password|password")'
)
MOST = 5


def long_forms(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the attributes and the names of the fields of each posted long form of a page of the desk."""
    if _AT_DESK not in page:
        return []
    found = []
    for attributes, content in _FORM.findall(page):
        seen = [(tag, each) for tag, each in _CONTROL.findall(content) if not _UNSEEN.search(each)]
        names = dict.fromkeys(name[1] for _tag, each in seen if (name := _NAME.search(each)))
        is_long = len(names) > MOST or any(tag == "textarea" for tag, _each in seen)
        if (
            'method="post"' in attributes
            and 'preview"' not in attributes
            and is_long
            and not _SECRET.search(content)
        ):
            found.append((attributes, tuple(names)))
    return found


def check(page: str) -> None:
    """Raise AssertionError where a long form of the desk keeps no draft."""
    lacking = [names for attributes, names in long_forms(page) if "data-draft" not in attributes]
    assert not lacking, f"these long forms of the desk need the attribute data-draft: {lacking}"
