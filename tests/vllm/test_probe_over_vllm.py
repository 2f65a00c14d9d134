"""`probe` against vLLM's own server: its metrics tell where time goes, and its caches do not know the pages."""

import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from jsl_pipeline.planning import ProbeLimits, probe
from jsl_pipeline.serving import EndpointSettings
from tests.vllm.pages import draw
from tests.vllm.served import KEY, Server


def prefix_cache(server: Server) -> tuple[float, float]:
    """Tokens of prompts so far, and how many of them vLLM had taken in before."""
    asked = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(asked, timeout=60) as reply:
        families = text_string_to_metric_families(reply.read().decode())
    counts = {sample.name: sample.value for family in families for sample in family.samples}
    return counts["vllm:prefix_cache_queries_total"], counts["vllm:prefix_cache_hits_total"]


@pytest.mark.parametrize("server", ["qwen"], indirect=True)
def test_a_real_server_is_measured_with_pages_that_it_never_saw(server: Server) -> None:
    before = prefix_cache(server)
    settings = EndpointSettings(url=server.url, token=SecretStr(KEY), max_tokens=200, max_concurrency=4)
    profile = probe(settings, [draw(number) for number in (1, 2)], ProbeLimits(requests=60), lambda sentence: None)
    assert profile.requests >= 20
    assert profile.capacity > 0
    page = profile.time
    assert None not in (page.wire, page.queue, page.preparation, page.prefill, page.decode)
    assert page.overhead is page.intake is None
    assert profile.prompt_tokens is not None
    assert profile.completion_tokens is not None
    asked, known = (after - before for before, after in zip(before, prefix_cache(server), strict=True))
    assert asked >= 30 * profile.prompt_tokens
    assert 0.3 < known / asked < 0.75  # the instructions; of pages that were seen before it would be nearly all
