"""The categories of nominees "of the five, ten or twenty governments most named": their keys and values.

Each nominee has one with `YES` or `NO` where the panel's rules ask for them. Who is most named is decided in
`questions.results`, and their names are in `terms.csv`.
"""

SIZES = (5, 10, 20)
YES, NO = "yes", "no"
ATTRIBUTES = {f"most_named_{size}": size for size in SIZES}
"""Key of a category → how many governments are the most named for it."""
