"""The programs behind scripts/compare-udp.sh and scripts/soak-udp.sh, run for seconds: they must
write their results, whatever these are. And the arithmetic of the comparison."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent / "bench"
BUILD = Path(os.environ["GYRE_UDP"]).parent.parent
sys.path.insert(0, str(BENCH))

from compare.reading import caveats, goals_sentence  # noqa: E402
from compare.summary import Figures, Scenario, verdicts  # noqa: E402
from compare.table import goal_table, table  # noqa: E402
from compare.udp import PROTOCOL  # noqa: E402

SCENARIO = Scenario(1, 10_000, "announces")


def run(contender, phase, round_number=1, **changes):
    """A run as measure.py records it, with a report without trouble."""
    report = {"responses_per_s": {"total": 100.0, "error": 0.0}, "loss_share": 0.0,
              "latency_us": {"p50": 1.0, "p90": 1.0, "p99": 1.0, "p99_9": 1.0, "p99_99": 1.0},
              "tracker": {"cpu_share": 1.0, "cpu_us_per_response": 2.0, "resident_bytes": 1 << 20},
              "rate": {"requested": 50, "achieved": 50}, "invalid": {"wrong_size": 0},
              "peers_per_announce": 20.0, "limited_by": "tracker"}
    return {"round": round_number, "workers": 1, "torrents": 10_000, "mix": "announces",
            "contender": contender, "phase": phase, "disturbed_share": 0.0,
            "report": {**report, **changes}}


def figures_of(changes):
    """One round, with each contender's changes to a report."""
    return Figures([run(contender, phase, **changed) for contender, changed in changes.items()
                    for phase in ("saturate", "latency")], PROTOCOL)


def rate(per_s):
    return {"responses_per_s": {"total": per_s, "error": 0.0}}


class SummaryTest(unittest.TestCase):
    def test_ratios_are_taken_within_each_round(self):
        figures = Figures([run("gyre_udp", "saturate", 1, **rate(300.0)),
                           run("gyre_udp", "saturate", 2, **rate(100.0)),
                           run("floor", "saturate", 1, **rate(400.0)),
                           run("floor", "saturate", 2, **rate(200.0))], PROTOCOL)
        ratio = figures.ratio(SCENARIO, "gyre_udp", "floor", "responses_per_s")
        self.assertEqual((ratio.min, ratio.median, ratio.max), (0.5, 0.625, 0.75))
        self.assertIsNone(figures.ratio(SCENARIO, "gyre_udp", "opentracker", "responses_per_s"))

    def test_goals_are_met_and_missed(self):
        for per_s, met in ((174.0, False), (176.0, True)):
            with self.subTest(per_s=per_s):
                figures = figures_of({"gyre_udp + list": rate(per_s), "opentracker": rate(100.0)})
                judged = [verdict.is_met for verdict in verdicts(figures)
                          if verdict.goal.measure == "responses_per_s"]
                self.assertEqual(judged, [met])

    def test_a_bad_outcome_is_called_missed(self):
        figures = figures_of({"gyre_udp + list": rate(90.0), "opentracker": rate(100.0)})
        self.assertEqual(goals_sentence(figures), "Of 4 goals, 0 are met and 4 missed.")

    def test_goals_that_the_floor_misses_too_are_marked(self):
        for floor_per_s, text in (((160.0, 170.0), "**missed**: 1.500; by the floor too: 1.650 "
                                                   "(1.600 to 1.700)"),
                                  ((160.0, 180.0), "**missed**: 1.500")):
            with self.subTest(floor_per_s=floor_per_s):
                self.assertIn(f"| {text} |", goal_table(self.missed_beside_floor(floor_per_s)))
        floor_missed = "4 missed, of which the floor, which only echoes, missed 2 too"
        self.assertIn(floor_missed, goals_sentence(self.missed_beside_floor((160.0, 170.0))))
        limited = self.missed_beside_floor((160.0, 170.0), limited_by="generator")
        self.assertEqual(goals_sentence(limited), "Of 4 goals, 0 are met and 4 missed.")

    def missed_beside_floor(self, floor_per_s, **floor_changes):
        return Figures([run(contender, phase, number, **rate(per_s), **changes)
                        for number, of_floor in enumerate(floor_per_s, 1)
                        for phase in ("saturate", "latency")
                        for contender, per_s, changes in (("gyre_udp + list", 150.0, {}),
                                                          ("opentracker", 100.0, {}),
                                                          ("floor", of_floor, floor_changes))],
                       PROTOCOL)

    def test_trouble_is_reported(self):
        cases = {"generator was the limit": {"limited_by": "generator"},
                 "lost when saturated": {"loss_share": 0.02},
                 "were errors": {"responses_per_s": {"total": 100.0, "error": 7.0}},
                 "responses were invalid": {"invalid": {"wrong_size": 3}},
                 "reached only 40": {"rate": {"requested": 50, "achieved": 40}},
                 "not saturated": {"tracker": {"cpu_share": 0.3, "cpu_us_per_response": 2.0,
                                               "resident_bytes": 1 << 20}}}
        for words, change in cases.items():
            with self.subTest(words):
                self.assertIn(words, " ".join(caveats(figures_of({"gyre_udp": change}))))
        self.assertEqual(list(caveats(figures_of({"gyre_udp": {}}))), [])

    def test_a_disturbed_run_is_reported(self):
        disturbed = {**run("gyre_udp", "saturate"), "disturbed_share": 0.2}
        sentences = caveats(
            Figures([disturbed, run("gyre_udp", "latency")], PROTOCOL))
        self.assertIn("other processes took too much", " ".join(sentences))

    def test_a_row_for_each_contender(self):
        text = table(figures_of({"gyre_udp": rate(250.0), "floor": rate(1000.0)}))
        self.assertRegex(text, r"\| gyre_udp \| 250 \| 0\.25 \|")
        self.assertRegex(text, r"\| floor \| 1,000 \| 1\.00 \|")


@unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "tracker and generator need a CPU each")
class CompareTest(unittest.TestCase):
    def test_one_short_round(self):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.md")
            self.compare("--rounds", "1", "--seconds", "1", "--tries", "1", "--torrents", "500",
                         "--mix", "announces", "--output", folder, "--report", report)
            results = json.loads(Path(folder, "results.json").read_text(encoding="utf-8"))
            self.assert_measured(results)
            self.assertIn("## Goals", report.read_text(encoding="utf-8"))
            first = report.read_text(encoding="utf-8")
            self.compare("--again", Path(folder, "results.json"), "--output", folder, "--report",
                         report)
            self.assertEqual(report.read_text(encoding="utf-8"), first)

    def compare(self, *options):
        subprocess.run([sys.executable, "-B", "-m", "compare", "udp", "--build", BUILD, *options],
                       check=True, env={**os.environ, "PYTHONPATH": str(BENCH)})

    def assert_measured(self, results):
        counted = {(run["contender"], run["phase"]): run["report"]["responses_per_s"]["announce"]
                   for run in results["runs"]}
        for contender in results["contenders"]:
            for phase in ("announce all", "saturate", "latency"):
                self.assertGreater(counted[contender["name"], phase], 0)
        self.assertIn("gyre_udp", [contender["name"] for contender in results["contenders"]])
        of_floor, of_gyre = (self.peers_told_by(results, name) for name in ("floor", "gyre_udp"))
        self.assertAlmostEqual(sum(of_floor) / len(of_floor), sum(of_gyre) / len(of_gyre), delta=2)
        self.assertEqual((of_floor[0], of_floor[-1]), (of_gyre[0], of_gyre[-1]))
        self.assertLess(of_gyre[0], of_gyre[-1], "some answers are short and some long")
        for each in results["runs"]:
            invalid = {**each["report"]["invalid"], "unknown_transaction": 0}  # may come late
            self.assertEqual(sum(invalid.values()), 0, each)
            self.assertEqual(each["report"]["responses_per_s"]["error"], 0, each)

    def peers_told_by(self, results, contender):
        return next(run["report"]["peers_quantiles"] for run in results["runs"]
                    if (run["contender"], run["phase"]) == (contender, "saturate"))

    def test_another_tracker_must_have_a_name_and_a_command(self):
        done = subprocess.run([sys.executable, "-B", "-m", "compare", "udp", "--build", BUILD,
                               "nonsense"], capture_output=True, text=True, check=False,
                              env={**os.environ, "PYTHONPATH": str(BENCH)})
        self.assertEqual(done.returncode, 2)
        self.assertIn("'nonsense' is not NAME=COMMAND", done.stderr)


class SoakTest(unittest.TestCase):
    def test_seconds_of_it(self):
        """Not losses and memory: seconds beside other tests prove neither."""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-B", BENCH / "soak.py", "--build", BUILD, "--minutes", "0.1",
                 "--phase", "2", "--interval", "1", "--rate", "2000", "--bad-rate", "500",
                 "--torrents", "500", "--output", folder],
                stdout=subprocess.PIPE, text=True, check=False)
            print(done.stdout)
            results = json.loads(Path(folder, "soak.json").read_text(encoding="utf-8"))
        met = {check["what"]: check["is_met"] for check in results["checks"]}
        self.assertTrue(met["received = answered + dropped with a reason"])
        self.assertTrue(met["sent = received + dropped by the kernel"])
        self.assertTrue(met["SIGTERM ends the tracker with status 0"])
        self.assertEqual(done.returncode, 0 if all(met.values()) else 1)
        self.assertGreater(results["samples"][-1]["peers"], 0)


if __name__ == "__main__":
    unittest.main()
