"""The ground the other tests stand on holds."""

from __future__ import annotations

import socket
from urllib.request import urlopen

import pytest
from sqlalchemy import create_engine, text

from consulta.platform import paths
from tests.conftest import NetworkRefusedError


@pytest.mark.parametrize("round_of_two", [1, 2])
def test_each_test_has_an_empty_database_of_its_own(database_url: str, round_of_two: int) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO left_behind VALUES (1)"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM left_behind")) == 1
    engine.dispose()


@pytest.mark.postgres
def test_postgres_is_the_version_we_promise(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        version = str(connection.scalar(text("SHOW server_version")))
    engine.dispose()
    assert int(version.partition(".")[0]) >= 18
    assert engine.dialect.driver == "psycopg"


def test_another_machine_is_out_of_reach() -> None:
    with socket.socket() as plug, pytest.raises(NetworkRefusedError):
        plug.connect(("192.0.2.1", 80))
    with socket.socket() as plug, pytest.raises(NetworkRefusedError):
        plug.connect_ex(("example.org", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as plug, pytest.raises(NetworkRefusedError):
        plug.sendto(b"", ("192.0.2.1", 53))
    with pytest.raises(NetworkRefusedError):
        socket.getaddrinfo("example.org", 443)
    with pytest.raises(NetworkRefusedError):
        urlopen("http://192.0.2.1", timeout=1)


def test_this_machine_is_within_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_catalogues_are_compiled() -> None:
    assert paths.stale_catalogues() == ()
