"""{title}.

    python3 testigo.py new NAME                 make a key; send the line that it prints to the secretariat
    python3 testigo.py watch ADDRESS [--key K]  ask for the newest checkpoint, check it, cosign it
    python3 testigo.py show                     what this witness has kept
    python3 testigo.py receipt FILE [--key K]   check the proof that a receipt is in the log

It needs Python 3.9 or later and the package `cryptography`. It keeps one row a log, and refuses to cosign a
log that does not begin with what it has seen. Exit status: 0 all is well, 1 refused, 2 called wrongly or
unreadable, 3 no answer, or the cosignature was not taken.
"""

# This stands on top of testigo.py. Then these parts follow, each of which uses only parts before it;
# `consulta/platform/programs.py` puts them together.
PARTS = ("words", "notes", "keeping", "asking", "receipts", "command")
