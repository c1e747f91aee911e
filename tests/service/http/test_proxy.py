"""Users whom a proxy names: only it may, only one at a time, and nobody gets in without a name."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from actsearch.primitives import ActsearchError
from actsearch.service.http import Settings, create_app
from actsearch.service.http.proxy import Proxy
from actsearch.storage import open_store
from actsearch.storage.tokens import Tokens

from .conftest import Serve
from .in_process import TestClient
from .test_access import shown
from .test_serving import ACTSEARCH

USER = "X-Forwarded-User"

PROXY = Proxy(networks=("10.1.2.3/32", "192.168.7.0/24", "fd00::/64"), admins=("root",))


def client(settings: Settings, peer: str = "10.1.2.3") -> TestClient:
    return TestClient(create_app(settings), base_url="http://127.0.0.1/api/v1/", client=(peer, 50000))


@pytest.fixture
def behind(settings: Settings) -> Settings:
    return replace(settings, proxy=PROXY)


@pytest.fixture
def service(behind: Settings) -> Iterator[TestClient]:
    with client(behind) as service:
        yield service


def named(name: str) -> dict[str, str]:
    return {USER: name}


def test_a_user_may_what_users_may(service: TestClient) -> None:
    assert service.get("jobs", headers=named("alice")).status_code == 200
    assert service.get("quota", headers=named("alice")).json()["token"] == "user:alice"
    refused = service.get("tokens", headers=named("alice"))
    assert (refused.status_code, "user `alice`" in refused.json()["detail"]) == (403, True)
    assert service.get("tokens", headers=named("root")).status_code == 200
    assert service.get("tokens", headers=named("Root")).status_code == 403


def test_nobody_gets_in_without_a_name(service: TestClient) -> None:
    assert service.get("jobs").status_code == 401
    assert service.get("health").status_code == 200


def test_a_token_counts_before_a_name(service: TestClient, home: str) -> None:
    with open_store(home) as store:
        made, text = Tokens(store.database).create("laptop", "read")
    both = shown(text) | named("root")
    assert service.get("quota", headers=both).json()["token"] == made.id
    assert service.get("tokens", headers=both).status_code == 403
    assert service.get("jobs", headers=shown("act_x") | named("root")).status_code == 401


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("192.168.7.255", True),
        ("fd00::9", True),
        ("10.1.2.4", False),
        ("192.168.8.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("fd00:0:0:1::9", False),
        ("", False),
        ("testclient", False),
    ],
)
def test_only_the_proxy_may_name_a_user(peer: str, trusted: bool, behind: Settings, home: str) -> None:
    with open_store(home) as store:
        text = Tokens(store.database).create("laptop", "admin")[1]
    with client(behind, peer) as service:
        answer = service.get("jobs", headers=named("root"))
        assert answer.status_code == (200 if trusted else 403)
        both = service.get("jobs", headers=shown(text) | named("root"))
        assert both.status_code == (200 if trusted else 403), "not even beside a token"
        assert service.get("jobs", headers=shown(text)).status_code == 200
        assert trusted or "believed of the proxy alone" in answer.json()["detail"]


def test_without_a_proxy_the_header_says_nothing(settings: Settings, home: str) -> None:
    with client(settings) as service:
        assert service.get("quota", headers=named("root")).json()["token"] == ""
        with open_store(home) as store:
            Tokens(store.database).create("laptop", "read")
        time.sleep(1.1)
        assert service.get("jobs", headers=named("root")).status_code == 401


NAMES = [
    "",
    " ",
    "a b",
    "alice,root",
    "alice, root",
    "alice;root",
    'a"b',
    "a'b",
    "a\tb",
    "a/b",
    "a\\b",
    "a:b",
    "a" * 101,
    "ä",
    "\xff",
    "<script>",
    "user:root",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_nobody(name: str, service: TestClient) -> None:
    answer = service.get("jobs", headers={USER: name.encode("latin-1")})  # type: ignore[dict-item]
    assert answer.status_code == 403
    assert answer.json()["detail"].isascii()


@pytest.mark.parametrize("second", ["root", "alice", ""])
def test_two_headers_are_nobody(second: str, service: TestClient) -> None:
    headers = httpx.Headers([(USER, "alice"), (USER.lower(), second)])
    answer = service.get("jobs", headers=headers)
    assert (answer.status_code, "2 times" in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize(
    "header", ["X_Forwarded_User", "X-Forwarded-User-", "X-Forwarded-Use", "Remote-User", "X-Real-User"]
)
def test_a_header_like_it_is_not_it(header: str, service: TestClient) -> None:
    assert service.get("jobs", headers={header: "root"}).status_code == 401
    both = service.get("quota", headers={header: "root"} | named("alice"))
    assert both.json()["token"] == "user:alice"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_a_header_does_not_change_where_a_request_comes_from(header: str, behind: Settings) -> None:
    with client(behind, "10.9.9.9") as service:
        asked = named("root") | {header: "10.1.2.3"}
        assert service.get("jobs", headers=asked).status_code == 403


def test_a_browser_is_led_here_by_no_other_name(behind: Settings) -> None:
    """A page may have its own name point to the proxy's network; its requests come with that name."""
    with client(behind) as service:
        evil = named("alice") | {"Host": "evil.example", "Origin": "http://evil.example"}
        assert service.get("jobs", headers=evil).status_code == 421
        other = named("alice") | {"Origin": "http://evil.example"}
        assert service.post("jobs/0/pause", headers=other).status_code == 403
    with client(replace(behind, hosts=("team.example",))) as service:
        own = named("alice") | {"Host": "team.example", "Origin": "https://team.example"}
        assert service.get("jobs", headers=own).status_code == 200
        assert service.post("jobs/0/pause", headers=own).status_code == 404


def test_users_have_buckets_of_their_own(behind: Settings) -> None:
    with client(replace(behind, requests_a_minute=5)) as service:
        found = [service.get("health", headers=named("alice")).status_code for _ in range(6)]
        assert found == [200] * 5 + [429]
        assert service.get("health", headers=named("bob")).status_code == 200
        assert service.get("health", headers={"Authorization": "user bob"}).status_code == 200


def test_users_have_shares_and_jobs_of_their_own(behind: Settings, home: str) -> None:
    with open_store(home) as store:
        (job,) = store.jobs.all()
        store.queue.submit("e" * 12, job.task, dict(job.spec), token="user:alice", owner="alice")
    with client(behind) as service:
        seen = service.get(f"jobs/{'e' * 12}", headers=named("bob")).json()
        assert (seen["owner"], seen["queue"]["token"]) == ("alice", "user:alice")
        assert service.post(f"jobs/{'e' * 12}/pause", headers=named("bob")).status_code == 403
        assert service.post(f"jobs/{'e' * 12}/pause", headers=named("alice")).status_code == 200
        assert service.get("quota", headers=named("alice")).json()["now_open"] == 1
        limited = service.put("tokens/user:alice/quota", json={"open": 0}, headers=named("root"))
        assert limited.json()["open"] == 0
        assert service.post(f"jobs/{'e' * 12}/cancel", headers=named("root")).status_code == 200
        assert service.post(f"jobs/{'e' * 12}/resume", headers=named("alice")).status_code == 409


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"networks": ()}, "by its address"),
    ({"networks": ("0.0.0.0/0",)}, "whole world"),
    ({"networks": ("::/0",)}, "whole world"),
    ({"networks": ("8.0.0.0/8",)}, "whole world"),
    ({"networks": ("10.1.2.3/8",)}, "no network"),
    ({"networks": ("proxy.example",)}, "no network"),
    ({"networks": ("",)}, "no network"),
    ({"header": "Authorization"}, "no header for a user"),
    ({"header": "Host"}, "no header for a user"),
    ({"header": "X User"}, "no header for a user"),
    ({"header": "X\r\nY"}, "no header for a user"),
    ({"scope": "root"}, "no scope of a user `root`"),
    ({"admins": ("a b",)}, "no name of a user"),
]


@pytest.mark.parametrize(("setting", "sentence"), WRONG)
def test_a_proxy_that_is_none_is_refused(setting: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {"networks": ("10.0.0.1/32",), **setting}
    with pytest.raises(ActsearchError, match=sentence):
        Proxy(**given)


def test_with_a_proxy_it_serves_others_without_a_token(home: str) -> None:
    words = ["serve", "--host", "0.0.0.0", "--port", "0", "--no-runner", "--home", home]
    trust = ["--trust-proxy", "127.0.0.1/32", "--user-scope", "read", "--admin", "root"]
    with subprocess.Popen([*ACTSEARCH, *words, *trust], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            port = process.stderr.readline().split(":")[-1].split("/")[0]
            url = f"http://127.0.0.1:{port}/api/v1"
            assert httpx.get(f"{url}/jobs").status_code == 401
            assert httpx.get(f"{url}/jobs", headers=named("alice")).status_code == 200
            assert httpx.post(f"{url}/jobs", json={}, headers=named("alice")).status_code == 403
            assert httpx.get(f"{url}/tokens", headers=named("root")).status_code == 200
        finally:
            process.kill()
    done = subprocess.run(
        [*ACTSEARCH, *words, "--admin", "root"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "`--trust-proxy`" in done.stderr


def test_no_secret_is_in_a_log(serve: Serve, home: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever is asked, right or wrong: neither a token nor the path with one in it is written anywhere."""
    with open_store(home) as store:
        admin = Tokens(store.database).create("laptop", "admin")[1]
    command = [*ACTSEARCH, "serve", "--port", "0", "--home", home, "--no-runner"]
    command += ["--trust-proxy", "127.0.0.1/32"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split(" at ")[1].split(". ")[0]
            secret = "act_" + "S" * 43
            made = httpx.post(f"{url}/tokens", json={"name": "x"}, headers=shown(admin)).json()["token"]
            for text in (admin, made, secret, secret + "~", "x" * 5000):
                headers = [(b"Authorization", b"Bearer " + text.encode()), (USER.encode(), b"alice")]
                for place in ("jobs", f"jobs?token={secret}", f"jobs/{secret}", "tokens", "nothing"):
                    looked = httpx.get(f"{url}/{place}", headers=headers)
                    asked = httpx.post(f"{url}/{place}", headers=headers, content=text)
                    for answer in (looked, asked):
                        assert answer.status_code < 500
                        assert secret not in answer.text or secret in place
        finally:
            process.terminate()
            said = process.stdout.read()
    assert not [text for text in (admin, made, secret, "SSSS", "alice") if text in said], said
