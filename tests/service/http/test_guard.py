"""What is looked at before any route: names, origins, sizes, rates."""

from collections.abc import Iterator

import pytest

from actsearch.service.http import Settings, create_app
from actsearch.storage import open_store
from actsearch.storage.tokens import Tokens

from .in_process import TestClient

HOSTS = [
    ("127.0.0.1", 200),
    ("127.0.0.1:8050", 200),
    ("localhost:1", 200),
    ("LOCALHOST", 200),
    ("[::1]:8050", 200),
    ("evil.example", 421),
    ("127.0.0.1.evil.example", 421),
    ("localhost@evil.example", 421),
    ("", 421),
    ("[::1", 421),
]


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_without_tokens_a_service_answers_to_names_of_its_machine(
    host: str, status: int, service: TestClient
) -> None:
    assert service.get("jobs", headers={"Host": host}).status_code == status


def test_a_name_may_be_added(home: str) -> None:
    app = create_app(Settings(home=home, hosts=("Box.lan",)))
    with TestClient(app, base_url="http://box.lan:80/api/v1/") as service:
        assert service.get("jobs").status_code == 200


def test_with_tokens_any_name_will_do(service: TestClient, home: str) -> None:
    with open_store(home) as store:
        _, text = Tokens(store.database).create("me", "read")
    headers = {"Host": "evil.example", "Authorization": f"Bearer {text}"}
    assert service.get("jobs", headers=headers).status_code == 200


ORIGINS = [
    ({}, 200),
    ({"Origin": "http://127.0.0.1"}, 200),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "http://127.0.0.1:99"}, 403),
    ({"Origin": "https://127.0.0.1"}, 200),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://[::"}, 403),
    ({"Origin": ""}, 403),
]


@pytest.mark.parametrize(("headers", "status"), ORIGINS)
def test_a_page_of_another_origin_changes_nothing(
    headers: dict[str, str], status: int, service: TestClient
) -> None:
    answer = service.post("screen", json={"expression": "x"}, headers=headers)
    assert answer.status_code == status
    assert service.get("jobs", headers=headers).status_code == 200


@pytest.mark.parametrize("pieces", [False, True], ids=["with its length", "in pieces"])
def test_a_request_has_a_bound(pieces: bool, home: str) -> None:
    def body(size: int) -> Iterator[bytes] | bytes:
        whole = b'{"expression": "x"}'.ljust(size)
        return iter([whole[at : at + 100] for at in range(0, size, 100)]) if pieces else whole

    headers = {"Content-Type": "application/json"}
    with TestClient(
        create_app(Settings(home=home, body_bytes=1000)), base_url="http://127.0.0.1/api/v1/"
    ) as service:
        assert service.post("screen", content=body(1000), headers=headers).status_code == 200
        answer = service.post("screen", content=body(1001), headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (413, 413)
        assert "1000 bytes" in answer.json()["detail"]


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 5000, "½"])
def test_a_length_that_is_none_is_refused(length: str, service: TestClient) -> None:
    headers = {"Content-Length": length.encode(), "Content-Type": "application/json"}
    assert service.post("screen", content=b"{}", headers=headers).status_code == 413  # type: ignore[arg-type]


def test_a_caller_has_so_many_requests_a_minute(home: str) -> None:
    app = create_app(Settings(home=home, requests_a_minute=5))
    with TestClient(app, base_url="http://127.0.0.1/api/v1/") as service:
        found = [service.get("health") for _ in range(6)]
        assert [one.status_code for one in found] == [200] * 5 + [429]
        assert 1 <= int(found[-1].headers["Retry-After"]) <= 60 / 5 + 1
        others = [
            service.get("health", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(60)
        ]
        assert others[:40] == [200] * 40
        assert others[50:] == [429] * 10, "an address has ten times as many, whatever it shows"
