"""{title}.

    python3 verificar.py [FOLDER or ZIP] [--lang {languages}] [--head ROOT]... [--sha256 DIGEST]...

It counts again from what is published, by the written rules alone and with the standard library alone:
nothing of the program that counted is used. It needs Python 3.9 or later and no network. Exit status: 0
everything agrees, 1 something differs, 2 it could not be read or it was called wrongly.

The section numbers in the comments are those of the rules of counting.
"""

# This stands on top of verificar.py. Then these parts follow, each of which uses only parts before it;
# `consulta/infra/programs.py` puts them together.
PARTS = (
    "words",
    "values",
    "files",
    "box",
    "log",
    "signatures",
    "stamps",
    "late",
    "bound",
    "acts",
    "votes",
    "bundle",
    "receipts",
    "weights",
    "tally",
    "report",
    "firmness",
    "robustness",
    "excluded",
    "panel",
    "seated",
    "figures",
    "checking",
)
