"""The facts that every round needs: objectives, countries, sectors, roles, genders, panel presets, the demo.

They lie here as CSV and TOML, so that a secretariat can read and correct them without reading code.
`catalogue` reads them once. This package knows nothing of the rest of the program.
"""
