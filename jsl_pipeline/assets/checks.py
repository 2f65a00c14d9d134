"""Checks: is everything that came in accounted for, and is any rate unusual?

Balances are errors, and stop the batch where something would be built on them. Rates warn and stop nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple

import dagster as dg

from jsl_pipeline.assets.border import border
from jsl_pipeline.assets.figures import markdown_table, short_id
from jsl_pipeline.errors import BatchNotFound
from jsl_pipeline.resources import EndpointResource, SettingsResource
from jsl_pipeline.serving import EndpointState
from jsl_pipeline.settings import Rates
from jsl_pipeline.stages import Accounting, account
from jsl_pipeline.store import Store

Context = dg.AssetCheckExecutionContext


@dg.asset_check(asset="documents", blocking=True)
def files_accounted_for(context: Context, settings: SettingsResource) -> dg.AssetCheckResult:
    """Each file of the batch is a document, a duplicate or rejected. If not, the batch stops here."""
    with border():
        of = _checked(context, settings)
        found = of.accounts
        places = {"documents": found.documents, "duplicates": found.duplicates, "rejected": found.rejected}
        return _balance(of, "files", found.files, places, found.files_balance, "`documents`")


@dg.asset_check(asset="extractions", blocking=True)
def pages_accounted_for(context: Context, settings: SettingsResource) -> dg.AssetCheckResult:
    """Each page that came in is extracted, failed or blank, once. If not, the batch stops before its records."""
    with border():
        of = _checked(context, settings)
        found = of.accounts
        places = {"extracted": found.extracted, "failed": found.failed, "blank": found.blank}
        again = "`pages` and `extractions`"
        return _balance(of, "pages", found.pages, places, found.pages_balance, again, _misplaced_pages(of))


@dg.asset_check(asset="review_queue")
def documents_accounted_for(context: Context, settings: SettingsResource) -> dg.AssetCheckResult:
    """Each document has a trusted record or waits for review."""
    with border():
        of = _checked(context, settings)
        places = {"trusted records": of.accounts.records, "in review": of.accounts.review}
        balanced = of.accounts.documents_balance
        return _balance(of, "documents", of.accounts.documents, places, balanced, "the tables of records")


@dg.asset_check(asset="rejected")
def rejected_rate(context: Context, settings: SettingsResource) -> dg.AssetCheckResult:
    """Warns when more files than usual were rejected."""
    with border():
        of = _checked(context, settings)
        hint = "The table `rejected` says for each file what would help."
        return _rate(of, "files", "were rejected", of.accounts.rejected, of.accounts.files, of.rates.rejected, hint)


@dg.asset_check(asset="pages")
def blank_rate(context: Context, settings: SettingsResource) -> dg.AssetCheckResult:
    """Warns when more pages than usual are blank."""
    with border():
        of = _checked(context, settings)
        hint = "If those are not empty sheets, compare `ink` in the table `pages`, and look at the scanner."
        return _rate(of, "pages", "are blank", of.accounts.blank, of.accounts.pages, of.rates.blank, hint)


@dg.asset_check(asset="extractions")
def failed_rate(context: Context, settings: SettingsResource) -> dg.AssetCheckResult:
    """Warns when more pages than usual could not be read."""
    with border():
        of = _checked(context, settings)
        hint = "The columns `failure_cause` and `failure` of `pages` and `extractions` say why."
        return _rate(of, "pages", "could not be read", of.accounts.failed, of.accounts.pages, of.rates.failed, hint)


@dg.asset_check(asset="review_queue")
def review_rate(context: Context, settings: SettingsResource) -> dg.AssetCheckResult:
    """Warns when more documents than usual wait for review."""
    with border():
        of = _checked(context, settings)
        hint = "The column `reasons` of `review_queue` says what is doubtful in each."
        return _rate(
            of, "documents", "wait for review", of.accounts.review, of.accounts.documents, of.rates.review, hint
        )


@dg.asset_check(asset="extractions")
def endpoint_answers(settings: SettingsResource, endpoint: EndpointResource) -> dg.AssetCheckResult:
    """The endpoint comes up when it is needed. The sensor `endpoint_sensor` tells it here when it does not."""
    with border():
        control = endpoint.control(settings.load())
        if control is None:
            return dg.AssetCheckResult(passed=True, description="The engine is not an endpoint.")
        status = control.status()
        text = " ".join(part for part in (f"The endpoint is {status.state.value}.", status.message) if part)
        return dg.AssetCheckResult(passed=status.state is not EndpointState.FAILED, description=text)


CHECKS = (
    files_accounted_for,
    pages_accounted_for,
    documents_accounted_for,
    rejected_rate,
    blank_rate,
    failed_rate,
    review_rate,
    endpoint_answers,
)


class _Checked(NamedTuple):
    batch: str
    store: Store
    rates: Rates
    accounts: Accounting


def _checked(context: Context, settings: SettingsResource) -> _Checked:
    """The accounts of the run's batch; of the newest one where a check is executed alone, without a batch."""
    loaded = settings.load()
    store = loaded.open_store()
    keys = [context.partition_key] if context.has_partition_key else store.manifests.batch_keys()[-1:]
    if not keys:
        raise BatchNotFound("This store has no batch yet: launch the job `close_batch`.")
    return _Checked(keys[0], store, loaded.rates, account(store, keys[0]))


def _balance(
    of: _Checked, things: str, whole: int, places: Mapping[str, int], balanced: bool, again: str, where: str = ""
) -> dg.AssetCheckResult:
    missing = whole - sum(places.values())
    if balanced:
        text = f"Batch {of.batch}: all {whole} {things} are accounted for."
    else:
        wrong = f"{missing} of {whole} {things} are missing" if missing > 0 else f"{things} are not in one place each"
        text = f"Batch {of.batch}: {wrong}. Materialise {again} for it again; finished work is kept."
    counts = markdown_table((things, "count"), {**places, "missing": missing, "came in": whole}.items())
    # The UI renders a description in place, and hides a table that is metadata of a check behind a link.
    description = "\n\n".join(part for part in (text, counts, where) if part)
    return dg.AssetCheckResult(passed=balanced, description=description, metadata={"missing": missing})


def _rate(of: _Checked, things: str, what: str, part: int, whole: int, limit: float, hint: str) -> dg.AssetCheckResult:
    share = part / whole if whole else 0.0
    text = f"Batch {of.batch}: {part} of {whole} {things} {what} ({share:.0%}; usual is up to {limit:.0%})."
    return dg.AssetCheckResult(
        passed=share <= limit,
        severity=dg.AssetCheckSeverity.WARN,
        description=text if share <= limit else f"{text} {hint}",
        metadata={"share": round(share, 4)},
    )


def _misplaced_pages(of: _Checked) -> str:
    if not of.accounts.misplaced:
        return ""
    rows = of.store.tables.read("pages", of.batch, ["document_id", "page_no"]).to_pylist()
    prepared = {(row["document_id"], row["page_no"]) for row in rows}
    lines: list[tuple[str, int, str]] = []
    for page in of.accounts.misplaced:
        if page.found > 1:
            wrong = f"counted {page.found} times"
        elif (page.document_id, page.page_no) in prepared:
            wrong = "in `pages`, but not in `extractions`"
        else:
            wrong = "not in `pages`"
        lines.append((f"`{short_id(page.document_id)}`", page.page_no, wrong))
    return markdown_table(("document", "page", "what is wrong"), lines)
