"""gyre's trackers under the attacks of tests/attacks, smaller than in scripts/attack.sh: all honest
clients beside them are served, and soon.

Times may be ten times the goal for an idle machine, plus what others took of the CPUs; all other
goals hold.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ["GYRE_HTTP"]).parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "bench")]

from attacks.amplify import Amplify  # noqa: E402
from attacks.eclipse import Eclipse  # noqa: E402
from attacks.figures import Figure, percentile  # noqa: E402
from attacks.handshakes import Handshakes  # noqa: E402
from attacks.inflate import Inflate  # noqa: E402
from attacks.lockout import Lockout  # noqa: E402
from attacks.memory_limit import MemoryLimit  # noqa: E402
from attacks.running import binary_of_tests  # noqa: E402
from attacks.suite import run_on, waited_ms  # noqa: E402

TIMES_SLACK = 10  # other tests run at the same time


class AttackTest(unittest.TestCase):
    def assert_goals(self, attack):
        figures = run_on(attack, binary_of_tests(attack.program))
        waited = waited_ms(figures)
        missed = [figure for figure in figures if not figure.is_met() and not (
            figure.unit == "ms" and figure.value < TIMES_SLACK * figure.at_most + waited)]
        if missed:
            self.fail(f"{attack.name}, {attack.title()}\n" + "\n".join(
                f"{'missed' if each in missed else '      '} {each.name}: {each.text()} "
                f"({each.goal_text() or 'no goal'})" for each in figures))

    def assert_all(self, *attacks):
        for attack in attacks:
            with self.subTest(attack.title()):
                self.assert_goals(attack)


class MessagesTest(AttackTest):
    def test_messages_that_inflate(self):
        self.assert_goals(Inflate(connections=30, messages=200, within_s=30, patience_s=10))

    def test_offers_that_are_passed_on_to_many(self):
        # In a short run, the initial burst weighs more.
        for in_ids in (False, True):
            with self.subTest(in_ids=in_ids):
                self.assert_goals(Amplify(seconds=2, goal_kb_per_s=2000, in_ids=in_ids))

    def test_many_peers_on_one_connection(self):
        self.assert_goals(Eclipse())

    def test_many_connections_of_one_address(self):
        self.assert_goals(Eclipse(connections=50, peer_ids=1))


class PlacesTest(AttackTest):
    def test_silent_websockets(self):
        self.assert_all(Lockout("upgraded"), Lockout("upgraded, with pongs"),
                        Lockout("upgraded", addresses=64))

    def test_before_the_upgrade(self):
        self.assert_all(*[Lockout(kind, silent_s=0) for kind in ("nothing said", "half a head")],
                        Lockout("half a handshake", tls=True, silent_s=0))

    def test_websockets_and_descriptors(self):
        self.assert_goals(Lockout("upgraded", descriptors=120))

    def test_http(self):
        self.assert_all(Lockout("nothing said", "gyre_http", silent_s=0),
                        Lockout("half a handshake", "gyre_http", tls=True, silent_s=0),
                        Lockout("nothing said", "gyre_http", descriptors=120))


class HandshakesTest(AttackTest):
    def test_handshakes_in_little_memory(self):
        with MemoryLimit(128) as limit:
            if not limit.is_there:
                self.skipTest("needs root and a control group of its own")
        self.assert_goals(Handshakes(connections=4000, within_s=3, memory_mib=128))


class FiguresTest(unittest.TestCase):
    def test_goals(self):
        for figure, met in ((Figure("", 50, "ms", at_most=50), True),
                            (Figure("", 51, "ms", at_most=50), False),
                            (Figure("", 99.9, "%", at_least=100), False),
                            (Figure("", 5), True)):
            self.assertEqual(figure.is_met(), met, figure)

    def test_a_percentile_of_few_is_the_worst(self):
        self.assertEqual(percentile([3, 1, 2], 0.99), 3)
        self.assertEqual(percentile(range(1000), 0.99), 990)
        self.assertEqual(percentile([4], 0.5), 4)


@unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "tracker and attackers need a CPU each")
class ProgramTest(unittest.TestCase):
    def test_report_of_two_versions(self):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.md")
            # Its exit status says whether goals are met, which only an idle machine can.
            subprocess.run([sys.executable, "-B", "-m", "attacks", "--build", BUILD,
                            "--against", BUILD, "--output", folder, "--report", report, "eclipse"],
                           check=False, stdout=subprocess.DEVNULL,
                           env={**os.environ, "PYTHONPATH": ":".join(
                               map(str, (TESTS, TESTS / "integration", TESTS / "bench")))})
            text = report.read_text(encoding="utf-8")
            self.assertIn("| case | figure | before | now | goal |", text)
            self.assertIn("offers of a newcomer to the attacker", text)
            self.assertNotIn("could not be measured", text)


if __name__ == "__main__":
    unittest.main()
