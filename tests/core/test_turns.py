"""The order in which tests of the core run where one process runs them (`conftest`)."""

import pytest

from tests import forks
from tests.core import conftest


def test_worked_examples_come_first_and_laws_last(request):
    items = request.session.items
    turns = [conftest.turn(items[place]) for place in conftest.here(items)]
    if forks.is_one(request.config):
        assert turns == sorted(turns)


@pytest.mark.parametrize("name", [*conftest.BY_HAND, *conftest.LAST])
def test_each_file_that_has_a_turn_is_there(name):
    assert (conftest.HERE / f"test_{name}.py").is_file()
