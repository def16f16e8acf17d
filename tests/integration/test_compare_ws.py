"""The program behind scripts/compare-ws.sh, run for seconds: it must write its results, whatever
these are. And what is specific to comparing WebTorrent trackers."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent / "bench"
BUILD = Path(os.environ["GYRE_HTTP"]).parent.parent
sys.path.insert(0, str(BENCH))

from compare.reading import reading  # noqa: E402
from compare.summary import Figures, verdicts  # noqa: E402
from compare.table import goal_table, table  # noqa: E402
from compare.ws import FLOOR, FLOOR_BURSTS, GYRE, IDLE, PLAIN, PROTOCOL, REFERENCE  # noqa: E402


def run(contender, mix, cpu_us, **more):
    """A saturated run as measure.py records it."""
    return {"round": 1, "workers": 1, "torrents": 1, "mix": mix, "contender": contender,
            "phase": "saturate", "disturbed_share": 0.0, **more,
            "report": {"responses_per_s": {"total": 1.0, "error": 0.0}, "loss_share": 0.0,
                       "tracker": {"cpu_share": 1.0, "cpu_us_per_response": 1.0,
                                   "resident_bytes": 1 << 20},
                       "messages": {"per_s": 1000.0, "tracker_cpu_us": cpu_us,
                                    "tracker_user_cpu_us": cpu_us / 2, "per_transfer": 2.0},
                       "invalid": {}, "peers_per_announce": 10.0, "limited_by": "tracker"}}


class SummaryTest(unittest.TestCase):
    def test_goals_are_in_messages_per_cpu_second(self):
        for cpu_us, met in ((5.0, [True, True]), (5.1, [False, True]), (6.1, [False, False])):
            figures = Figures([run(GYRE, PLAIN, cpu_us), run(REFERENCE, PLAIN, 40.0),
                               run(FLOOR, PLAIN, 4.0), run(FLOOR_BURSTS, PLAIN, 1.0)], PROTOCOL)
            # 8 times the reference, at most 3 us in user space; then the floor.
            judged = {each.to: each.is_met for each in verdicts(figures)}
            self.assertEqual([judged[REFERENCE], judged["itself"]], met)
        self.assertIn("1,000 messages per second, with 6.10 us", " ".join(reading(figures)))
        self.assertIn("messages/s", table(figures))

    def test_memory_of_idle_connections(self):
        for size, verdict in ((1000.0, "met: 0.100"), (2500.0, "**missed**: 0.250")):
            figures = Figures([run(GYRE, IDLE, 10.0, idle_bytes=size),
                               run(REFERENCE, IDLE, 10.0, idle_bytes=10_000.0)], PROTOCOL)
            self.assertIn(verdict, goal_table(figures))
            self.assertIn(f"met: {size:,.0f}", goal_table(figures))
            self.assertIn(f"takes {size:,.0f} bytes", " ".join(reading(figures)))


@unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "tracker and generator need a CPU each")
class CompareTest(unittest.TestCase):
    def test_one_short_round(self):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.md")
            subprocess.run([sys.executable, "-B", "-m", "compare", "ws", "--build", BUILD,
                            "--rounds", "1", "--seconds", "1", "--tries", "1",
                            "--only", f"{GYRE},{FLOOR}", "--mix", PLAIN,
                            "--output", folder, "--report", report],
                           check=True, env={**os.environ, "PYTHONPATH": str(BENCH)})
            results = json.loads(Path(folder, "results.json").read_text(encoding="utf-8"))
            self.assertEqual({each["contender"] for each in results["runs"]}, {GYRE, FLOOR})
            for each in results["runs"]:
                self.assertGreater(each["report"]["messages"]["per_s"], 0, each)
                self.assertEqual(sum(each["report"]["invalid"].values()), 0, each)
            self.assertIn("## Goals", report.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
