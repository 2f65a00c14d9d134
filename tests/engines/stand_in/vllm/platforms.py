"""Which cards there are: STAND_IN_CARDS of 16 GiB, none at 0; vLLM's build for CPUs where that is unset."""

import os


class Platform:
    def is_unspecified(self) -> bool:
        return os.environ.get("STAND_IN_CARDS") == "0"

    def is_cpu(self) -> bool:
        return "STAND_IN_CARDS" not in os.environ

    def device_count(self) -> int:
        return int(os.environ["STAND_IN_CARDS"])

    def get_device_total_memory(self) -> int:
        return 16 * 2**30


current_platform = Platform()
