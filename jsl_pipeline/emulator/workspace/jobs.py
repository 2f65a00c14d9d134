"""The Jobs API as far as one-time runs go: submit, get, get-output, list, cancel; versions 2.1 and 2.2.

https://docs.databricks.com/api/workspace/jobs
"""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.request_log import RequestLog, RunEntry
from jsl_pipeline.emulator.workspace.bodies import json_body
from jsl_pipeline.emulator.workspace.clusters import ClusterState, Place
from jsl_pipeline.emulator.workspace.output import describe_output
from jsl_pipeline.emulator.workspace.runs import Outcome, Run, TaskRun, describe_run, describe_state, describe_task
from jsl_pipeline.emulator.workspace.submission import parse_submission

_MOST_LISTED = 25  # runs of one page, says the API's reference
_LISTED = 20


class Jobs:
    """`/api/2.x/jobs/runs/...` and `/api/2.x/clusters/get`."""

    def __init__(self, place: Place, log: RequestLog) -> None:
        self._place = place
        self._log = log
        self._ids = itertools.count(100_001)
        self._runs: dict[int, Run] = {}
        self._tokens: dict[str, int] = {}
        self._following: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """What it answers."""
        runs = "/api/{version:2.[12]}/jobs/runs"
        return (
            web.post(f"{runs}/submit", self._submit),
            web.get(f"{runs}/get", self._get),
            web.get(f"{runs}/get-output", self._get_output),
            web.get(f"{runs}/list", self._list),
            web.post(f"{runs}/cancel", self._cancel),
            web.get("/api/{version:2.[01]}/clusters/get", self._get_cluster),
        )

    async def close(self) -> None:
        """End all runs and their processes."""
        for follower in self._following:
            follower.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)
        for run in self._runs.values():
            for task in run.tasks:
                await task.cluster.kill()

    async def lose_worker(self) -> bool:
        """Kill a worker of the newest cluster that runs; False where there is none."""
        for run in reversed(self._runs.values()):
            for task in run.tasks:
                if task.cluster.state is ClusterState.RUNNING and await task.cluster.lose_worker():
                    return True
        return False

    async def _submit(self, request: web.Request) -> web.Response:
        asked = parse_submission(await json_body(request), self._place.settings.node_types)
        token = asked.idempotency_token
        run_id = self._tokens.get(token) if token else None
        if run_id is None:
            run_id = next(self._ids)
            run = self._runs[run_id] = Run(run_id, self._ids, asked, self._place)
            if token:
                self._tokens[token] = run_id
            follower = asyncio.create_task(run.follow(self._record))
            self._following.add(follower)
            follower.add_done_callback(self._following.discard)
        return web.json_response({"run_id": run_id})

    async def _get(self, request: web.Request) -> web.Response:
        run, task = self._found(request.query.get("run_id"))
        return web.json_response(self._described(request, run, task))

    async def _get_output(self, request: web.Request) -> web.Response:
        run, task = self._found(request.query.get("run_id"))
        if task is None:
            raise _invalid(
                "Retrieving the output of runs with multiple tasks is not supported. "
                "Please retrieve the output of each individual task run instead."
            )
        output = await asyncio.to_thread(describe_output, task)
        return web.json_response({"metadata": self._described(request, run, task)} | output)

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        active, completed = (query.get(name, "").lower() == "true" for name in ("active_only", "completed_only"))
        if active and completed:
            raise _invalid("Only one of active_only and completed_only may be true.")
        limit = _whole(query.get("limit", str(_LISTED)), "limit") or _MOST_LISTED
        if limit > _MOST_LISTED:
            raise _invalid(f"limit is at most {_MOST_LISTED}.")
        start = _whole(query.get("page_token") or query.get("offset", "0"), "page_token")
        found = [
            run
            for run in reversed(self._runs.values())
            if not (active and run.life_cycle.final) and not (completed and not run.life_cycle.final)
        ]
        page = [describe_run(run, _base(request)) for run in found[start : start + limit]]
        if query.get("expand_tasks", "").lower() == "true":
            for told, run in zip(page, found[start:], strict=False):
                told["tasks"] = [describe_task(task) for task in run.tasks]
        more = start + limit < len(found)
        body: dict[str, Any] = {"runs": page, "has_more": more}
        return web.json_response(body | ({"next_page_token": str(start + limit)} if more else {}))

    async def _cancel(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        run, _ = self._found(str(body.get("run_id", "")))
        run.cancel()
        return web.json_response({})

    async def _get_cluster(self, request: web.Request) -> web.Response:
        wanted = request.query.get("cluster_id", "")
        for run in self._runs.values():
            for task in run.tasks:
                if task.cluster.id == wanted:
                    return web.json_response(task.cluster.describe())
        raise _invalid(f"Cluster {wanted} does not exist")

    def _found(self, run_id: str | None) -> tuple[Run, TaskRun | None]:
        """A run by its own number or, with the task, by that of a task."""
        number = _whole(run_id or "", "run_id")
        if number in self._runs:
            return self._runs[number], None
        for run in self._runs.values():
            for task in run.tasks:
                if task.run_id == number:
                    return run, task
        raise _invalid(f"Run {number} does not exist.")

    def _described(self, request: web.Request, run: Run, task: TaskRun | None) -> dict[str, Any]:
        told = describe_run(run, _base(request))
        if task is None:
            return told | {"tasks": [describe_task(each) for each in run.tasks]}
        own = {"run_id": task.run_id, "job_run_id": run.run_id}
        return told | own | describe_state(task.life_cycle, task.outcome) | {"tasks": [describe_task(task)]}

    def _record(self, run: Run, task: TaskRun, outcome: Outcome) -> None:
        began, ended = task.running, task.done
        self._log.add_run(
            RunEntry(
                time=datetime.now(UTC),
                run_id=run.run_id,
                run_name=run.asked.run_name,
                task_key=task.spec.task_key,
                what=task.spec.what,
                cluster_id=task.cluster.id,
                node_type=task.spec.new_cluster.node_type_id,
                workers=task.spec.new_cluster.workers,
                result=outcome.result,
                code=outcome.code,
                exit_code=task.exit_code,
                start_seconds=began - task.began if began is not None else None,
                run_seconds=ended - began if began is not None and ended is not None else None,
            )
        )


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


def _whole(text: str, name: str) -> int:
    if not text.isdecimal():
        raise _invalid(f"{name} must be a whole number.")
    return int(text)


def _invalid(message: str) -> Refused:
    return Refused(400, message, code="INVALID_PARAMETER_VALUE")
