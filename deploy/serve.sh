#!/bin/bash
# Dagster's webserver and daemon side by side, because runs are tied to the place that started them: they are cancelled
# through a socket below /tmp, and watched by their process ids. When one of the two ends, so does the other.
set -u
dagster-daemon run --workspace workspace.yaml &
dagster-webserver --host "${HOST:-0.0.0.0}" --port "${PORT:-3000}" --workspace workspace.yaml &
trap 'kill $(jobs -p) 2>/dev/null' TERM INT
wait -n
ended=$?
kill $(jobs -p) 2>/dev/null
wait
exit $ended
