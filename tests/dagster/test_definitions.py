"""What Dagster is given, as plain data: a change here is a change that users see."""

import dagster as dg

from jsl_pipeline.definitions import defs

GRAPH = defs.resolve_asset_graph()


def test_assets_with_their_groups_kinds_and_sources() -> None:
    seen = {
        key.to_user_string(): (
            GRAPH.get(key).group_name,
            sorted(GRAPH.get(key).kinds),
            sorted(parent.to_user_string() for parent in GRAPH.get(key).parent_keys),
        )
        for key in GRAPH.get_all_asset_keys()
    }
    assert seen == {
        "landing": ("landing", ["files"], []),
        "documents": ("cpu_prepare", ["deltalake", "python"], ["landing"]),
        "rejected": ("cpu_prepare", ["deltalake", "python"], ["landing"]),
        "pages": ("cpu_prepare", ["deltalake", "opencv"], ["documents"]),
        "extractions": ("gpu_extract", ["deltalake", "gpu"], ["pages"]),
        "prescriptions": ("cpu_validate", ["deltalake", "pydantic"], ["extractions"]),
        "medications": ("cpu_validate", ["deltalake", "pydantic"], ["extractions"]),
        "patients": ("cpu_validate", ["deltalake", "pydantic"], ["extractions"]),
        "review_queue": ("cpu_validate", ["deltalake", "pydantic"], ["extractions"]),
        "endpoint_usage": ("endpoint", ["gpu"], []),
    }


def test_every_table_is_described_and_partitioned_by_batch() -> None:
    for key in GRAPH.materializable_asset_keys - {dg.AssetKey("endpoint_usage")}:
        assert len(GRAPH.get(key).description or "") > 60
        partitions = GRAPH.get(key).partitions_def
        assert isinstance(partitions, dg.DynamicPartitionsDefinition)
        assert partitions.name == "batch"


def test_the_endpoints_days_are_described_and_partitioned_by_day() -> None:
    usage = GRAPH.get(dg.AssetKey("endpoint_usage"))
    assert len(usage.description or "") > 60
    assert isinstance(usage.partitions_def, dg.DailyPartitionsDefinition)


def test_checks_and_what_they_stop() -> None:
    seen = {(key.asset_key.to_user_string(), key.name): GRAPH.get(key).blocking for key in GRAPH.asset_check_keys}
    assert seen == {
        ("documents", "files_accounted_for"): True,
        ("extractions", "pages_accounted_for"): True,
        ("review_queue", "documents_accounted_for"): False,
        ("rejected", "rejected_rate"): False,
        ("pages", "blank_rate"): False,
        ("extractions", "failed_rate"): False,
        ("review_queue", "review_rate"): False,
        ("extractions", "endpoint_answers"): False,
        ("endpoint_usage", "worth_its_price"): False,
    }


def test_jobs_and_their_steps() -> None:
    seen = {
        job.name: sorted(step.name for step in job.nodes)
        for job in defs.get_repository_def().get_all_jobs()
        if not job.name.startswith("__")
    }
    prepare = ["documents_files_accounted_for", "ingest", "pages_blank_rate", "preprocess", "rejected_rejected_rate"]
    extract = ["extract", "extractions_failed_rate", "extractions_pages_accounted_for"]
    validate = ["review_queue_documents_accounted_for", "review_queue_review_rate", "validate"]
    assert seen == {
        "run_batch": sorted([*prepare, *extract, *validate]),
        "prepare_batch": prepare,
        "read_batch": sorted([*extract, *validate]),
        "extract_batch": extract,
        "validate_batch": validate,
        "close_batch": ["close_what_waits"],
        "judge_usage": ["endpoint_usage"],
    }


def test_only_extraction_takes_the_gpu() -> None:
    steps = defs.resolve_job_def("run_batch").all_node_defs
    pools = {step.name: step.pools for step in steps if isinstance(step, dg.OpDefinition) and step.pools}
    assert pools == {"extract": {"gpu"}}


def test_nothing_starts_by_itself() -> None:
    landing, endpoint = (defs.resolve_sensor_def(f"{name}_sensor") for name in ("landing", "endpoint"))
    schedule, usage = (defs.resolve_schedule_def(name) for name in ("nightly_sweep", "daily_usage"))
    assert ([job.name for job in landing.jobs], landing.minimum_interval_seconds) == (
        ["run_batch", "prepare_batch"],
        30,
    )
    assert (endpoint.job_name, endpoint.minimum_interval_seconds) == ("read_batch", 15)
    assert (schedule.job_name, schedule.cron_schedule) == ("run_batch", "0 2 * * *")
    assert {landing.default_status, endpoint.default_status} == {dg.DefaultSensorStatus.STOPPED}
    assert (usage.job_name, usage.cron_schedule) == ("judge_usage", "0 1 * * *")
    assert usage.default_status is dg.DefaultScheduleStatus.STOPPED
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
