"""The engine that reads a batch: the one that is set, with validation beside it to say what is worth a second look."""

from collections.abc import Callable

from jsl_pipeline.engines import Engine, EngineSettings, Share, create_engine
from jsl_pipeline.engines.reader import good_text_layer
from jsl_pipeline.schemas import Page, TextLine
from jsl_pipeline.validation import PageReviewer


def reading_engine(
    settings: EngineSettings, tell: Callable[[str], None] = lambda _: None, share: Share = lambda: 1.0
) -> Engine:
    """As `create_engine`, for candidates. Everything that reads pages into a store takes its engine from here, so that
    all of them ask the same and have the same fingerprint.
    """
    return create_engine(settings, tell, share, reviewer=PageReviewer(words_of))


def words_of(page: Page) -> tuple[TextLine, ...]:
    """What stands on a page and was read without a model: its text layer, where that is good."""
    return page.text_layer if good_text_layer(page.text_layer) else ()
