"""The dated report: what was asked, every figure with its goal, what they say and do not say."""

import textwrap

COLUMNS = 120
TITLES = {"memory": "Memory", "speed": "Speed", "growth": "As it grows", "expiry": "Expiry",
          "cache": "Simulated caches"}
CHARTS = {"memory": ["memory"], "speed": ["fetching"], "growth": ["growth"]}
NOTES = {
    "memory": "Resident memory of the whole process, by smaps_rollup, eight seconds after the last "
              "announce: until then the allocator keeps some of what was freed. While it grows, "
              "the peak of each step of 1 % is compared with what is resident after five more "
              "steps. The longest 32 announces are of CPU time, which bounds the longest one; each "
              "batch of 32 runs in two processes, and the lesser time counts: what takes long in "
              "one of them only is the machine (hypervisors count their own work as that of the "
              "guest). "
              "Peers come to swarms in turn, so that all swarms of a case are the same size.",
    "speed": "Best round of each, and the median. A round is a million announces of peers at "
             "random, each for 30 others, in batches of 32 as a worker has them; making them is "
             "not measured. The tracker fetches peers ahead only where the map is large. For two "
             "threads, each has a CPU and a million announces of its own.",
    "growth": "Two peers for each torrent, in the same distribution, in a process for each size. "
              "Below 10,000 peers memory is the fixed part and whole pages.",
    "expiry": "A cleaning runs alone but for the rows of what announces lose. Slices are of CPU "
              "time; each runs in two processes, as above, and those below 0.1 ms are not told "
              "apart. Losses are medians over the rounds, each with a measurement without cleaning "
              "beside it, the cleaner on a CPU of its own.",
    "cache": "cachegrind with a first level of 48 KiB and 2 MiB behind it. To it a prefetch is "
             "nothing: these are the lines that an announce needs, not those that it waits for. "
             "What fetching ahead saves shows in the speed only.",
}


def write_report(path, results):
    rows = results["rows"]
    parts = [f"# The store of swarms: memory, speed and expiry, {results['date']}",
             paragraph("Do the swarms keep to what is asked of them from a thousand peers to a "
                       "hundred million? Without network and codec, with the tracker's allocator "
                       f"and defaults. {verdict(rows)}"),
             f"    {results['command']}",
             paragraph("Torrent i of N has a weight of N / P + exp(6.5 - 500 i / N), and each of P "
                       "peers draws one, as in aquatic's load test; three quarters are seeders. "
                       "Each case runs in a process of its own."),
             *[paragraph(note) for note in results.get("notes", [])]]
    for section, title in TITLES.items():
        own = [row for row in rows if row["section"] == section]
        if not own:
            continue
        parts += [f"## {title}", paragraph(NOTES[section]),
                  *[f"![{name}]({path.stem}/{name}.svg)" for name in CHARTS.get(section, [])],
                  table(own)]
    parts += ["## Machine", facts(results)]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


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
    """Three digits or more."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
