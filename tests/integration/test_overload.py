"""Ten times what a service can do: it does what it can, the rest hears 503, and nothing grows."""

import os
import time
import unittest

from common import SANITIZED, Load, SealbusTest, figures

# At most four at once, each of a twentieth of a second: eighty in a second.
CODE = """
service = sealbus.Service(concurrency=4)
@service.on("Work")
async def work(auth, message):
    await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0.05)
    return "done"
"""
CAPACITY = 80.0
SECONDS = float(os.environ.get("SEALBUS_TEST_OVERLOAD", "60"))
GROWTH_KIB = 8 * 1024
NORMAL = 0.5  # seconds that a request takes at most when there is no load


class Overload(SealbusTest):
    def setUp(self) -> None:
        super().setUp()
        config = self.at.write("ingress.yaml", "bus: {queue: 16}\n")
        self.ingress = self.at.ingress(SEALBUS_CONFIG=str(config))
        self.sidecar = self.at.sidecar("users", "[{name: Work, path: /api/work}]")
        self.at.service(CODE, self.at.door("users"))
        self.token = self.at.token("user-123")
        self.at.wait_until_answered("POST", "/api/work", self.token)

    def load(self, **options: float) -> Load:
        load = Load([self.at.http_port], "/api/work", self.token, **options)
        self.addCleanup(load.stop)
        return load

    def test_ten_times_the_load_is_only_503_with_flat_memory_and_over_within_a_second(self) -> None:
        flood = self.load(callers=64, rate=10 * CAPACITY)
        sizes: list[tuple[int, int]] = []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            flood.run_for(min(1.0, SECONDS / 10))
            sizes.append((self.ingress.resident_kib(), self.sidecar.resident_kib()))
        during = flood.stop()
        over = time.monotonic()
        calm = self.load(callers=2, rate=CAPACITY / 2)
        calm.run_for(2)
        after = calm.stop()

        self.assertEqual({(one.status, one.code) for one in during}, {(200, ""), (503, "queue_full")})
        served = sum(one.status == 200 for one in during)
        settled = sizes[len(sizes) // 4 :]  # after the first quarter every buffer has its size
        grown = [max(size) - min(size) for size in zip(*settled, strict=True)]
        print(f"\n    during {SECONDS:.0f} s: {figures(during)}; served {served / SECONDS:.0f}/s of "
              f"{len(during) / SECONDS:.0f}/s; ingress {settled[0][0]} to {settled[-1][0]} KiB, "
              f"sidecar {settled[0][1]} to {settled[-1][1]} KiB; afterwards: {figures(after)}",
              flush=True)
        self.assertGreater(served, CAPACITY * SECONDS / 2, "what it can do, it does")
        if not SANITIZED:
            self.assertLess(max(grown), GROWTH_KIB)
        first = after[0].begun
        late = [one for one in after if (one.begun - first).total_seconds() > 1]
        self.assertGreater(len(late), 5)
        self.assertEqual({one.status for one in late}, {200})
        self.assertLess(max(one.took for one in late), NORMAL)
        self.assertLess(time.monotonic() - over, 30)


if __name__ == "__main__":
    unittest.main()
