"""Checks: is everything that came in accounted for, and is any rate unusual?

Balances are errors, and stop the batch where something would be built on them. Rates warn and stop nothing.
"""

from collections.abc import Mapping

import dagster as dg

from jsl_pipeline.assets.border import border
from jsl_pipeline.assets.figures import counts_table, markdown_table, short_id
from jsl_pipeline.resources import SettingsResource
from jsl_pipeline.stages import Accounting, account
from jsl_pipeline.store import Store


@dg.asset_check(asset="documents", blocking=True)
def files_accounted_for(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """Each file of the batch is a document, a duplicate or rejected. If not, the batch stops here."""
    with border():
        found = account(settings.load().open_store(), context.partition_key)
        places = {"documents": found.documents, "duplicates": found.duplicates, "rejected": found.rejected}
        return _balance("files", found.files, places, found.files_balance, "`documents`")


@dg.asset_check(asset="extractions", blocking=True)
def pages_accounted_for(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """Each page that came in is extracted, failed or blank, once. If not, the batch stops before its records."""
    with border():
        store = settings.load().open_store()
        found = account(store, context.partition_key)
        places = {"extracted": found.extracted, "failed": found.failed, "blank": found.blank}
        where = _misplaced_pages(store, context.partition_key, found)
        return _balance("pages", found.pages, places, found.pages_balance, "`pages` and `extractions`", where)


@dg.asset_check(asset="review_queue")
def documents_accounted_for(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """Each document has a trusted record or waits for review."""
    with border():
        found = account(settings.load().open_store(), context.partition_key)
        places = {"trusted records": found.records, "in review": found.review}
        return _balance("documents", found.documents, places, found.documents_balance, "the four tables of records")


@dg.asset_check(asset="rejected")
def rejected_rate(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """Warns when more files than usual were rejected."""
    with border():
        loaded = settings.load()
        found = account(loaded.open_store(), context.partition_key)
        hint = "The table `rejected` says for each file what would help."
        return _rate("files", "were rejected", found.rejected, found.files, loaded.rates.rejected, hint)


@dg.asset_check(asset="pages")
def blank_rate(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """Warns when more pages than usual are blank."""
    with border():
        loaded = settings.load()
        found = account(loaded.open_store(), context.partition_key)
        hint = "If those are not empty sheets, compare `ink` in the table `pages`, and look at the scanner."
        return _rate("pages", "are blank", found.blank, found.pages, loaded.rates.blank, hint)


@dg.asset_check(asset="extractions")
def failed_rate(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """Warns when more pages than usual could not be read."""
    with border():
        loaded = settings.load()
        found = account(loaded.open_store(), context.partition_key)
        hint = "The columns `failure_cause` and `failure` of `pages` and `extractions` say why."
        return _rate("pages", "could not be read", found.failed, found.pages, loaded.rates.failed, hint)


@dg.asset_check(asset="review_queue")
def review_rate(context: dg.AssetCheckExecutionContext, settings: SettingsResource) -> dg.AssetCheckResult:
    """Warns when more documents than usual wait for review."""
    with border():
        loaded = settings.load()
        found = account(loaded.open_store(), context.partition_key)
        hint = "The column `reasons` of `review_queue` says what is doubtful in each."
        return _rate("documents", "wait for review", found.review, found.documents, loaded.rates.review, hint)


CHECKS = (
    files_accounted_for,
    pages_accounted_for,
    documents_accounted_for,
    rejected_rate,
    blank_rate,
    failed_rate,
    review_rate,
)


def _balance(
    things: str, whole: int, places: Mapping[str, int], balanced: bool, again: str, where: str | None = None
) -> dg.AssetCheckResult:
    missing = whole - sum(places.values())
    accounts = counts_table((things, ""), {**places, "**missing**": missing, "**came in**": whole})
    if balanced:
        text = f"All {whole} {things} are accounted for."
    else:
        text = f"{abs(missing)} of {whole} {things} are {'missing' if missing >= 0 else 'counted twice'}."
        text += f" Materialise {again} for this batch again: finished work is kept."
    metadata = {"accounts": accounts} | ({"where": dg.MetadataValue.md(where)} if where else {})
    return dg.AssetCheckResult(passed=balanced, description=text, metadata=metadata)


def _rate(things: str, what: str, part: int, whole: int, limit: float, hint: str) -> dg.AssetCheckResult:
    share = part / whole if whole else 0.0
    text = f"{part} of {whole} {things} {what} ({share:.0%}; usual is up to {limit:.0%})."
    return dg.AssetCheckResult(
        passed=share <= limit,
        severity=dg.AssetCheckSeverity.WARN,
        description=text if share <= limit else f"{text} {hint}",
        metadata={"share": round(share, 4), "usual up to": limit},
    )


def _misplaced_pages(store: Store, batch: str, found: Accounting) -> str | None:
    if not found.misplaced:
        return None
    rows = store.tables.read("pages", batch, ["document_id", "page_no"]).to_pylist()
    prepared = {(row["document_id"], row["page_no"]) for row in rows}
    lines: list[tuple[str, int, str]] = []
    for page in found.misplaced:
        if page.found > 1:
            wrong = f"counted {page.found} times"
        elif (page.document_id, page.page_no) in prepared:
            wrong = "in `pages`, not in `extractions`"
        else:
            wrong = "not in `pages`"
        lines.append((f"`{short_id(page.document_id)}`", page.page_no, wrong))
    return markdown_table(("document", "page", "what is wrong"), lines)
