"""Stands in for `vllm serve`, without a model: it is healthy soon, and tells who has the key what it was told.

As vLLM, it has a second process that does the work, and calls plugins in both. `stand-in/broken` ends before it is
healthy, `stand-in/dying` after. tests/vllm runs the real one.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import entry_points

WORKER = "stand-in-worker"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        key = os.environ.get("VLLM_API_KEY")
        let_in = self.path == "/health" or key is None or self.headers["Authorization"] == f"Bearer {key}"
        self.send_response(200 if let_in else 401)
        self.end_headers()
        self.wfile.write(json.dumps(sys.argv[1:]).encode() if let_in else b"")
        if "stand-in/dying" in sys.argv:
            threading.Timer(0.2, os._exit, (9,)).start()


def main() -> None:
    for plugin in entry_points(group="vllm.general_plugins"):
        plugin.load()()
    if sys.argv[1:] == [WORKER]:
        time.sleep(600)
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("model")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    given, _ = parser.parse_known_args()
    sys.stdout.write("This is vLLM's log.\n")
    sys.stdout.flush()
    if given.model == "stand-in/broken":
        sys.exit(7)
    worker = subprocess.Popen([sys.executable, "-m", "vllm.entrypoints.cli.main", WORKER])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ThreadingHTTPServer((given.host, given.port), Handler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            worker.kill()


if __name__ == "__main__":
    main()
