"""HTTP to one endpoint: answers, silence, and what is refused."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from loopback import closing, listening, saying, silent

from jsl_pipeline.errors import EngineError
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.serving.http import Http, NoReply, Reply

TOKEN = "s3cret-token"


def over(url: str, work: Callable[[Http], Coroutine[Any, Any, Any]], **settings: Any) -> Any:
    async def run() -> Any:
        async with Http(EndpointSettings(**{"url": url, "token": TOKEN, **settings})) as http:
            return await work(http)

    return asyncio.run(run())


def get(url: str, path: str = "", seconds: float = 5, **settings: Any) -> Any:
    return over(url, lambda http: http.get(url + path, seconds), **settings)


def post(url: str, chunks: tuple[bytes, ...], seconds: float = 5, **settings: Any) -> Any:
    size = sum(map(len, chunks))
    return over(url, lambda http: http.post(f"{url}/p", chunks, size, seconds, "r-1"), **settings)


def nobody() -> str:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_body_in_chunks_arrives_whole_with_its_length_and_the_token() -> None:
    with listening(saying(200, "good")) as server:
        reply = post(server.url, (b'{"a":', b"1}"))
    assert (reply.status, reply.body) == (200, b"good")
    (asked,) = server.asked
    assert (asked.method, asked.body) == ("POST", b'{"a":1}')
    sent = {name: asked.headers[name] for name in ("Content-Type", "Content-Length", "X-Request-Id", "Authorization")}
    assert sent == {
        "Content-Type": "application/json",
        "Content-Length": "7",
        "X-Request-Id": "r-1",
        "Authorization": f"Bearer {TOKEN}",
    }


def test_no_token_is_sent_where_none_is_asked_for() -> None:
    with listening(saying(200)) as server:
        get(server.url, auth="none", token=None)
    assert "Authorization" not in server.asked[0].headers


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_an_error_status_is_an_answer(status: int) -> None:
    with listening(saying(status, "<html>no</html>")) as server:
        assert get(server.url) == Reply(status, b"<html>no</html>")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("0", 0), ("-1", None), ("nan", None), ("inf", None), ("soon", None)],
)
def test_retry_after_is_read_as_seconds(header: str, seconds: float | None) -> None:
    with listening(saying(429, **{"Retry-After": header})) as server:
        assert get(server.url).retry_after == seconds


def test_a_request_that_nobody_answers_in_time_was_delivered() -> None:
    with listening(silent) as server:
        assert post(server.url, (b"{}",), seconds=0.2) == NoReply(timed_out=True, delivered=True)
        assert get(server.url, seconds=0.2).timed_out


def test_a_connection_that_is_closed_is_no_answer_and_nothing_is_sent_again() -> None:
    with listening(closing) as server:
        assert post(server.url, (b"{}",)) == NoReply(timed_out=False, delivered=True)
        assert len(server.asked) == 1


def test_nobody_there_is_no_answer_and_nothing_was_delivered() -> None:
    assert post(nobody(), (b"{}",)) == NoReply(timed_out=False, delivered=False)


def test_a_body_that_is_not_taken_in_time_was_not_delivered() -> None:
    deaf = socket.create_server(("127.0.0.1", 0))  # the system takes some bytes, and nobody reads them
    url = f"http://127.0.0.1:{deaf.getsockname()[1]}"

    async def send(http: Http) -> Reply | NoReply:
        reply = await http.post(url, (b" " * 2**20,) * 64, 64 * 2**20, 0.3)
        deaf.close()  # resets the connection, so that nothing of it is left to send
        await asyncio.sleep(0.1)
        return reply

    assert over(url, send) == NoReply(timed_out=False, delivered=False)


def test_redirects_are_refused_and_the_token_stays_here() -> None:
    with listening(saying(200)) as other, listening(saying(302, Location=other.url)) as server:
        with pytest.raises(EngineError, match="redirects"):
            get(server.url)
        assert other.asked == []


def test_hosts_that_the_settings_do_not_name_are_refused() -> None:
    with listening(saying(200)) as server, listening(saying(200)) as other:
        with pytest.raises(EngineError, match="host"):
            over(server.url, lambda http: http.get(other.url, 5))
        for url in ("http://127.0.0.1.evil.example", server.url.replace("http:", "https:")):
            with pytest.raises(EngineError, match="host"):
                over(server.url, lambda http, url=url: http.get(url, 5))
        assert other.asked == []
        over(server.url, lambda http: http.get(other.url, 5), invocations_url=other.url)
        assert len(other.asked) == 1


def test_the_usual_port_may_be_written_or_not() -> None:
    async def both(http: Http) -> NoReply | Reply:
        return await http.get("https://127.0.0.1:443/path", 0.2)

    assert isinstance(over("https://127.0.0.1", both), NoReply)  # tried, not refused


def test_answers_of_a_megabyte_come_whole() -> None:
    body = bytes(range(256)) * 8192
    with listening(saying(200, body)) as server:
        assert get(server.url).body == body


def test_cookies_are_not_kept() -> None:
    with listening(saying(200, **{"Set-Cookie": "id=1"})) as server:

        async def twice(http: Http) -> None:
            for _ in range(2):
                await http.get(server.url, 5)

        over(server.url, twice)
    assert "Cookie" not in server.asked[1].headers


def test_the_token_shows_nowhere() -> None:
    settings = EndpointSettings(url="https://host", token=TOKEN)
    assert TOKEN not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
    assert "body" not in repr(Reply(200, b"body"))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two self-signed certificates for localhost, and their keys."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the test's certificates, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    for name in ("one", "other"):
        command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {name}.key -out {name}.pem"
        names = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(certificates: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "one.pem", certificates / "one.key")
    return context


def test_a_certificate_that_is_not_trusted_is_refused(tls: ssl.SSLContext) -> None:
    with listening(saying(200), tls) as server:
        with pytest.raises(EngineError, match="ca_file"):
            get(server.url.replace("127.0.0.1", "localhost"))
        assert server.asked == []


def test_a_certificate_in_the_ca_file_is_trusted_for_its_name_only(certificates: Path, tls: ssl.SSLContext) -> None:
    trusted = str(certificates / "one.pem")
    with listening(saying(200), tls) as server:
        assert get(server.url.replace("127.0.0.1", "localhost"), ca_file=trusted).status == 200
        with pytest.raises(EngineError, match="not trusted"):
            get(server.url, ca_file=trusted)
        assert len(server.asked) == 1


def test_a_ca_file_adds_to_the_certificates_of_the_system(
    certificates: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "one.pem"))  # stands for the system's
    with listening(saying(200), tls) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert get(url, ca_file=str(certificates / "other.pem")).status == 200


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_ca_file_that_holds_none_is_said_to(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(EngineError, match="ca_file"):
        get("https://localhost", ca_file=str(file))
