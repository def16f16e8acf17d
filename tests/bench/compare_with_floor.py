"""How much of what the kernel's socket path allows does gyre_udp serve?

Runs gyre_udp and the echo floor in turn, each with one worker on CPU 0, under udp_blast on CPU 1,
and prints medians over the rounds. The floor answers announces with the size that the tracker's
answers have on average. Exits with 1 if the tracker serves less than the share asked for.

    python3 tests/bench/compare_with_floor.py BUILD_DIRECTORY [--rounds N] [--share 0.9]
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path

TRACKER_PORT, FLOOR_PORT = 42100, 42101
SETTINGS = {"GYRE_SOCKET_WORKERS": "1", "GYRE_NETWORK__USE_IPV6": "false",
            "GYRE_PROTOCOL__MAX_RESPONSE_PEERS": "30"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--torrents", type=int, default=10_000)
    parser.add_argument("--peers-wanted", type=int, default=30)
    parser.add_argument("--mix", default="0 100 1", help="weights of connect, announce, scrape")
    parser.add_argument("--address", default="127.0.0.1", help="to bind, e.g. 0.0.0.0")
    parser.add_argument("--share", type=float, default=0.0)
    options = parser.parse_args()

    tracker_runs, floor_runs, shares = [], [], []
    for number in range(1, options.rounds + 1):
        tracker = run(options, tracker_command(options), TRACKER_PORT)
        floor = run(options, floor_command(options, tracker), FLOOR_PORT)
        tracker_runs.append(tracker)
        floor_runs.append(floor)
        shares.append(tracker["responses_per_s"] / floor["responses_per_s"])
        print(f"round {number}: tracker {describe(tracker)}; floor {describe(floor)}; "
              f"share {shares[-1]:.3f}", flush=True)

    share = statistics.median(shares)
    cpu = [median(tracker_runs, "cpu_us"), median(floor_runs, "cpu_us")]
    print(f"median: tracker {median(tracker_runs, 'responses_per_s'):,.0f}/s, "
          f"floor {median(floor_runs, 'responses_per_s'):,.0f}/s, "
          f"share {share:.3f} ({min(shares):.3f} to {max(shares):.3f}), "
          f"CPU per response {cpu[0]:.2f} and {cpu[1]:.2f} us ({cpu[1] / cpu[0]:.3f})")
    sys.exit(share < options.share)


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def describe(run):
    return f"{run['responses_per_s']:,.0f}/s, {run['cpu_us']:.2f} us each"


def tracker_command(options):
    settings = SETTINGS | {"GYRE_NETWORK__ADDRESS_IPV4": f"{options.address}:{TRACKER_PORT}"}
    return ["env", *(f"{key}={value}" for key, value in settings.items()),
            options.build / "udp/gyre_udp"]


def floor_command(options, tracker):
    """Rounded to a whole number of peers, so that it is a valid announce response."""
    size = 20 + 6 * round(tracker["peers_per_announce"])
    return [options.build / "tests/bench/udp_echo_floor", f"{options.address}:{FLOOR_PORT}",
            str(size)]


def run(options, command, port):
    """One server under load: the generator's report, with the server's CPU time per response."""
    server = subprocess.Popen(["taskset", "-c", "0", *command], stderr=subprocess.PIPE, text=True)
    try:
        while "ready" not in (line := server.stderr.readline()) and "listening" not in line:
            if not line:
                sys.exit(f"{command[-1]} did not start")
        before = cpu_ticks(server.pid)
        blast = subprocess.run(
            ["taskset", "-c", "1", options.build / "tests/bench/udp_blast", f"127.0.0.1:{port}",
             str(options.seconds), str(options.torrents), str(options.peers_wanted),
             *options.mix.split()], capture_output=True, text=True, check=True)
        ticks = cpu_ticks(server.pid) - before
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate()
    report = json.loads(blast.stdout)
    report["cpu_us"] = ticks / os.sysconf("SC_CLK_TCK") / report["total_responses"] * 1e6
    return report


def cpu_ticks(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    main()
