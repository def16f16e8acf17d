"""The program behind scripts/compare-http.sh, run for seconds: it must write its results, whatever
these are. And what is specific to comparing HTTP trackers."""

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

from compare.http import IDLE, NEW, PROTOCOL  # noqa: E402
from compare.reading import reading  # noqa: E402
from compare.summary import Figures, verdicts  # noqa: E402
from compare.table import goal_table, table  # noqa: E402


def run(contender, mix, cpu_us, **more):
    """A saturated run as measure.py records it."""
    return {"round": 1, "workers": 1, "torrents": 10_000, "mix": mix, "contender": contender,
            "phase": "saturate", "disturbed_share": 0.0, **more,
            "report": {"responses_per_s": {"total": 100.0, "error": 0.0}, "loss_share": 0.0,
                       "tracker": {"cpu_share": 1.0, "cpu_us_per_response": cpu_us,
                                   "resident_bytes": 1 << 20},
                       "invalid": {}, "peers_per_announce": 20.0, "limited_by": "tracker"}}


class SummaryTest(unittest.TestCase):
    def test_goals_are_in_responses_per_cpu_second(self):
        for cpu_us, met in ((19.0, True), (21.0, False)):
            figures = Figures([run("gyre_http", NEW, cpu_us), run("opentracker", NEW, 40.0)],
                              PROTOCOL)
            self.assertEqual([each.is_met for each in verdicts(figures)], [met])

    def test_memory_of_idle_connections_is_a_goal_of_its_own(self):
        for size, met in ((1000.0, "met: 1,000"), (1100.0, "**missed**: 1,100")):
            figures = Figures([run("gyre_http", IDLE, 10.0, idle_bytes=size)], PROTOCOL)
            self.assertIn(met, goal_table(figures))
            self.assertIn("bytes per idle connection", table(figures))
            self.assertIn(f"takes {size:,.0f} bytes", " ".join(reading(figures)))


@unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "tracker and generator need a CPU each")
class CompareTest(unittest.TestCase):
    def test_one_short_round(self):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.md")
            subprocess.run([sys.executable, "-B", "-m", "compare", "http", "--build", BUILD,
                            "--rounds", "1", "--seconds", "1", "--tries", "1", "--torrents", "500",
                            "--mix", NEW, "--mix", "keep-alive", "--mix", "TLS resumed",
                            "--output", folder, "--report", report],
                           check=True, env={**os.environ, "PYTHONPATH": str(BENCH)})
            results = json.loads(Path(folder, "results.json").read_text(encoding="utf-8"))
            self.assert_measured(results)
            self.assertIn("## Goals", report.read_text(encoding="utf-8"))

    def assert_measured(self, results):
        self.assertIn("gyre_http", [run["contender"] for run in results["runs"]])
        for each in results["runs"]:
            self.assertGreater(each["report"]["responses_per_s"]["announce"], 0, each)
            self.assertEqual(each["report"]["responses_per_s"]["error"], 0, each)
            # A proxy may have reached its limit.
            invalid = {**each["report"]["invalid"], "closed_early": 0}
            self.assertEqual(sum(invalid.values()), 0, each)


if __name__ == "__main__":
    unittest.main()
