"""The tables: columns, constraints and relationships; no rule of the consultation. One file a subject.

What the database itself must hold is said here by named constraints; what may never change once written
(ballots, documents, the log) is marked `written_once` and guarded by triggers, which the baseline migration
creates.
"""

from __future__ import annotations

from consulta.platform.models.access import *
from consulta.platform.models.base import *
from consulta.platform.models.base import Base
from consulta.platform.models.installation import *
from consulta.platform.models.mail import *
from consulta.platform.models.members import *
from consulta.platform.models.publications import *
from consulta.platform.models.rounds import *
from consulta.platform.models.sessions import *

# The tables whose rows are written once: marked on their classes, guarded by triggers, and attacked by tests.
APPEND_ONLY = tuple(
    sorted(each.class_.__tablename__ for each in Base.registry.mappers if each.class_.written_once)
)
