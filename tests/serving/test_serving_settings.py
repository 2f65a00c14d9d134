"""Settings of an endpoint: what fits together, and where requests go."""

from typing import Any

import pytest
from pydantic import ValidationError

from jsl_pipeline.serving import EndpointSettings

TOKEN = "s3cret-token"


def endpoint(**settings: Any) -> EndpointSettings:
    return EndpointSettings(**{"url": "https://host", "auth": "none", **settings})


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"name": "e"}, "https://host/serving-endpoints/e/invocations"),
        ({"name": "e", "url": "https://host/"}, "https://host/serving-endpoints/e/invocations"),
        ({}, "https://host/v1/chat/completions"),
        ({"url": "https://host/v1"}, "https://host/v1/chat/completions"),
        ({"url": "https://host/v1/"}, "https://host/v1/chat/completions"),
        ({"url": "https://host/ocr", "protocol": "form"}, "https://host/ocr"),
        ({"name": "e", "invocations_url": "https://id.serving.host/1/e"}, "https://id.serving.host/1/e"),
    ],
)
def test_where_pages_are_sent(settings: dict[str, Any], url: str) -> None:
    assert endpoint(**settings).request_url == url


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"auth": "token"}, "`token` is missing"),
        ({"url": "host"}, "https://host"),
        ({"url": "ftp://host"}, "https://host"),
        ({"url": "https://host:99999"}, "[Pp]ort"),
        ({"url": "https://u:p@host"}, "no user"),
        ({"url": "https://host?token=x"}, "no user"),
        ({"url": "http://host"}, "unprotected"),
        ({"invocations_url": "http://host/x"}, "unprotected"),
        ({"name": "a/../b"}, "name"),
        ({"name": "a?b"}, "name"),
        ({"name": ""}, "name"),
        ({"page_tokens": 100}, "page_tokens"),
        ({"protocol": "soap"}, "protocol"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        endpoint(**settings)


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80"])
def test_this_machine_may_be_spoken_to_without_tls(url: str) -> None:
    assert endpoint(url=url).url == url
    assert endpoint(url="http://host", plain_http=True).url == "http://host"


def test_a_wrong_setting_does_not_tell_the_token() -> None:
    with pytest.raises(ValidationError) as caught:
        EndpointSettings(url="http://host", token=TOKEN)
    assert TOKEN not in str(caught.value)
