"""The chart of a soak: memory and peers over time."""

import sys


def draw_chart(samples, path):
    """As SVG; without matplotlib, prints why there is none."""
    try:
        import matplotlib  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        print(f"no chart: {error} (apt-get install python3-matplotlib)", file=sys.stderr)
        return
    matplotlib.use("Agg")  # no display is needed
    from matplotlib import pyplot  # pylint: disable=import-outside-toplevel

    minutes = [sample.seconds / 60 for sample in samples]
    figure, memory = pyplot.subplots(figsize=(8, 4))
    peers = memory.twinx()
    memory.plot(minutes, [sample.resident_bytes / 2**20 for sample in samples], color="#0072B2")
    peers.plot(minutes, [sample.peers / 1e3 for sample in samples], color="#E69F00",
               linestyle="--")
    memory.set_xlabel("minutes")
    memory.set_ylabel("resident memory, MiB (line)", color="#0072B2")
    peers.set_ylabel("thousand peers (dashes)", color="#B07800")
    for axes in (memory, peers):
        axes.set_ylim(bottom=0)
        axes.spines["top"].set_visible(False)
    memory.set_title("gyre_udp under churn, reloads and broken datagrams", loc="left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
