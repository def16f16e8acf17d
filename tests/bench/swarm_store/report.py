"""The dated report: question, answer, every figure with its goal, charts, method."""

import textwrap

COLUMNS = 120
TITLES = {"memory": "Memory", "speed": "Speed", "growth": "As it grows", "expiry": "Expiry",
          "cache": "Simulated caches"}
CHARTS = {"memory": ["memory"], "speed": ["fetching"], "growth": ["growth"]}
NOTES = {
    "memory": "Resident memory of the whole process (smaps_rollup), eight seconds after the last "
              "announce: until then the allocator keeps some freed memory. During growth, the peak "
              "of each step of 1 % is compared with what is resident five steps later. The time of "
              "32 announces is CPU time and bounds the longest of them; each batch of 32 runs in "
              "two processes and the lower time counts, because what is slow in one of them only "
              "is the machine's doing (a hypervisor charges its own work to the guest). Peers are "
              "spread over the swarms in turn, so all swarms of a case have the same size.",
    "speed": "The best round of each, and the median. A round is a million announces of random "
             "peers, each for 30 others, in batches of 32 as a worker has them; generating them is "
             "not measured. The tracker prefetches peers only where the map is large. With two "
             "threads, each has its own CPU and its own million announces.",
    "growth": "Two peers per torrent, in the same distribution, in a process of its own for each "
              "size. Below 10,000 peers, fixed costs and whole pages are most of the memory.",
    "expiry": "The cleaner runs alone, except in the rows about announces lost. Slices are CPU "
              "time; each runs in two processes, as above, and those below 0.1 ms are not told "
              "apart. Losses are medians over the rounds, each beside a measurement without "
              "cleaning, with the cleaner on its own CPU.",
    "cache": "cachegrind simulates a first level of 48 KiB and 2 MiB behind it. It ignores "
             "prefetches: these are the cache lines that an announce needs, not those that it "
             "waits for. The gain of prefetching shows in the speed only.",
}


def write_report(path, results):
    rows = results["rows"]
    parts = [f"# Swarm store: memory, speed and expiry, {results['date']}",
             paragraph("**Question.** What do the swarms cost in memory and time, from a thousand "
                       "peers to a hundred million, without network and codec, with the tracker's "
                       "allocator and defaults?"),
             paragraph(f"**Answer.** {answer(rows)} {verdict(rows)} Goals are bounds that this "
                       "project fixed before the measurement, so that no change makes the store "
                       "larger or slower unnoticed."),
             *[paragraph(note) for note in results.get("notes", [])]]
    for section, title in TITLES.items():
        own = [row for row in rows if row["section"] == section]
        if not own:
            continue
        parts += [f"## {title}", paragraph(NOTES[section]),
                  *[f"![{name}]({path.stem}/{name}.svg)" for name in CHARTS.get(section, [])],
                  table(own)]
    parts += ["## Method", f"    {results['command']}",
              paragraph("Torrent i of N has a weight of N / P + exp(6.5 - 500 i / N), and each of "
                        "P peers draws one, as in aquatic's load test; three quarters are seeders. "
                        "Each case runs in a process of its own."),
              facts(results),
              "## Limits of these figures",
              paragraph("One process on one machine, without sockets: what a tracker serves is "
                        "less. The last-level cache is shared with whatever else the host runs.")]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def answer(rows):
    """Time and memory at the smallest and the largest size of the growth section."""
    growth = [row for row in rows if row["section"] == "growth"]
    if not growth:
        return ""
    by = {(row["subject"], row["quantity"]): row["value"] for row in growth}
    subjects = list(dict.fromkeys(row["subject"] for row in growth))
    small, large = (by[subject, "time of an announce"] for subject in (subjects[0], subjects[-1]))
    memory = by[subjects[-1], "memory for each peer"]
    return (f"An announce for 30 peers takes {number(small)} ns with {subjects[0]} and "
            f"{number(large)} ns with {subjects[-1]}; there, a peer takes {number(memory)} bytes.")


def verdict(rows):
    judged = [row for row in rows if "goal" in row]
    missed = [row for row in judged if not row["met"]]
    if not judged:
        return "No goal was judged."
    if not missed:
        return f"All {len(judged)} goals are met."
    names = "; ".join(f"{row['quantity']} ({row['subject']}): {number(row['value'])} "
                      f"{row['unit']}, goal {row['goal']} {number(row['bound'])}"
                      for row in missed)
    return f"{len(judged) - len(missed)} of {len(judged)} goals are met. Missed: {names}."


def table(rows):
    lines = ["| with | figure | measured | goal | |", "|---|---|---:|---:|---|"]
    before = None
    for row in rows:
        subject = "" if row["subject"] == before else row["subject"]
        before = row["subject"]
        goal = f"{row['goal']} {number(row['bound'])}" if "goal" in row else ""
        met = ("met" if row["met"] else "**missed**") if "goal" in row else ""
        lines.append(f"| {subject} | {row['quantity']} | {number(row['value'])} {row['unit']} | "
                     f"{goal} | {met} |")
    return "\n".join(lines)


def facts(results):
    machine = results["machine"]
    return "\n".join([f"- {machine['cpu']}, {machine['cpus']} CPUs, L2 {machine['l2_cache']}, "
                      f"{machine['memory_mib']:,} MiB of memory; hypervisor: "
                      f"{machine['hypervisor']}",
                      f"- Linux {machine['kernel']}, {machine['distribution']}",
                      f"- {results['compiler']}; gyre at "
                      f"{results['commit'] or 'an unknown commit'}"])


def paragraph(text):
    return textwrap.fill(text, COLUMNS, break_on_hyphens=False, break_long_words=False)


def number(value):
    """At least three significant digits."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
