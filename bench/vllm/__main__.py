"""What this pipeline costs over vLLM alone: `make bench-vllm`, on a CPU, some minutes.

Pages are read by bare `LLM.chat` and by the engine `vllm`, then by `vllm bench serve` and by the engine `endpoint` over
vLLM's own server, in turns, with a model of random weights. `make bench-gpu` measures speed: see `bench.vllm.gpu`.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.figures import Figure, Scale, conditions, plain, show, verdict
from bench.vllm.overhead import overhead
from bench.vllm.ways import set_environment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few pages: they show that it works, not what it does")
    parser.add_argument("--json", type=Path, help="file for the same figures")
    arguments = parser.parse_args()
    set_environment(VLLM_CPU_KVCACHE_SPACE="1", OMP_NUM_THREADS="1")
    under = conditions("vllm", "torch", "transformers")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for figure in overhead(Path(folder), Scale(arguments.quick)):
            figures.append(figure)
            print(verdict(figure), file=sys.stderr, flush=True)
    show("This pipeline over vLLM alone, on this machine's CPU", figures, under)
    if arguments.json:
        arguments.json.write_text(json.dumps(plain(figures, under), indent=1) + "\n")


if __name__ == "__main__":
    main()
