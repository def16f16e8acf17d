"""Sentences that the figures make true: what is printed depends on them alone, good or bad."""

from .contenders import FLOOR, GYRE, GYRE_WITH_LIST, OPENTRACKER, OPENTRACKER_THREAD
from .load import MAX_IN_FLIGHT, UNCOUNTED_SECONDS
from .measure import DISTURBED_SHARES
from .summary import verdicts

LOSS_WORTH_SAYING = 0.001
RATE_SHARE_EXPECTED = 0.99
SATURATED_SHARE = 0.9


def reading(figures):
    """Paragraphs, one for each scenario, then what weakens the figures."""
    sentences = [f"{capital(scenario.text())}: {of_scenario(figures, scenario)}"
                 for scenario in figures.scenarios]
    return sentences + list(caveats(figures))


def of_scenario(figures, scenario):
    median = figures.median(scenario, GYRE, "responses_per_s")
    text = f"gyre_udp answers {median:,.0f} requests per second"
    if floor := figures.ratio(scenario, GYRE, FLOOR, "responses_per_s"):
        text += f", {floor.median:.2f} of the floor"
    text += "."
    for name in (OPENTRACKER, OPENTRACKER_THREAD):
        if with_list := figures.ratio(scenario, GYRE_WITH_LIST, name, "responses_per_s"):
            without = figures.ratio(scenario, GYRE, name, "responses_per_s").median
            cpu = figures.ratio(scenario, GYRE_WITH_LIST, name, "cpu_us").median
            p99 = figures.ratio(scenario, GYRE_WITH_LIST, name, "p99").median
            text += (f" Against *{name}*, both with a whitelist: {with_list.median:.2f} times the "
                     f"responses, {cpu:.2f} times the CPU time for each, {p99:.2f} times the "
                     "99th percentile of latency at the same "
                     f"{figures.median(scenario, GYRE, 'rate'):,.0f} requests per second. Without "
                     f"its whitelist, gyre_udp answers {without:.2f} times as many.")
    return text


def caveats(figures):
    for scenario in figures.scenarios:
        for contender in figures.contenders_of(scenario):
            for sentence in caveats_of(figures, scenario, contender):
                yield f"{contender}, {scenario.text()}: {sentence}"
    yield from answer_sizes(figures)


def caveats_of(figures, scenario, contender):
    limited, runs = figures.limited_by_generator(scenario, contender)
    if limited:
        yield (f"in {limited} of {runs} runs the generator was the limit, so that more was "
               "possible than is shown.")
    busy = figures.spread(scenario, contender, "cpu_share").min
    if busy < SATURATED_SHARE * scenario.workers:
        yield (f"in some run it used only {busy / scenario.workers:.0%} of its CPU: it was not "
               "saturated, and more was possible than is shown.")
    if disturbed := figures.disturbed_count(scenario, contender):
        yield (f"in {counted(disturbed, 'run')} others had too much of the CPUs (more than "
               f"{DISTURBED_SHARES['saturate']:.1%} when saturated or "
               f"{DISTURBED_SHARES['latency']:.1%} at half load), however often it was tried.")
    for measure, when in (("loss_share", "when saturated"), ("latency_loss_share", "at half load")):
        most = figures.spread(scenario, contender, measure).max
        if most > LOSS_WORTH_SAYING:
            yield f"up to {most:.2%} of the requests were lost {when}."
    if errors := figures.spread(scenario, contender, "errors_per_s").max:
        yield f"up to {errors:,.0f} responses per second were errors."
    if invalid := figures.invalid_count(scenario, contender):
        yield f"{invalid:,} responses were invalid."
    achieved = min(figures.values(scenario, contender, "rate_achieved"))
    wanted = figures.median(scenario, contender, "rate")
    if achieved < RATE_SHARE_EXPECTED * wanted:
        yield (f"the generator reached only {achieved:,.0f} of {wanted:,.0f} requests per second, "
               "so its latencies are not those of the others' load.")


def answer_sizes(figures):
    """Longer answers cost more: a ratio of responses is not all there is to it."""
    if OPENTRACKER not in figures.contenders:
        return
    peers = [max(figures.median(scenario, name, "peers_per_announce")
                 for scenario in figures.scenarios) for name in (GYRE, OPENTRACKER)]
    if abs(peers[0] - peers[1]) >= 1:
        yield (f"An answer names {peers[0]:.1f} peers from gyre_udp and {peers[1]:.1f} from "
               "opentracker: they choose by different rules (gyre_udp does not tell seeders of "
               "seeders, or anybody of itself). The difference in size favours whoever sends less.")


def goals_sentence(figures):
    judged = list(verdicts(figures))
    if not judged:
        return "No goal could be judged with these loads and trackers."
    met = sum(verdict.is_met for verdict in judged)
    return f"Of {counted(len(judged), 'goal')}, {met} are met and {len(judged) - met} missed."


def limits(results):
    """What these figures cannot say, whatever they are."""
    machine = results["machine"]
    yield ("Everything ran over loopback: there is no network card, no driver, no interrupt. The "
           "kernel delivers a datagram within the call that sends it, so the generator's CPU does "
           "part of the tracker's receiving, and the tracker's CPU part of the generator's.")
    yield (f"The machine has {machine['cpus']} CPUs ({machine['threads_per_core']} thread(s) per "
           f"core, hypervisor: {machine['hypervisor']}). On a shared or virtual one, runs differ "
           "from hour to hour: ratios within one run mean more than absolute figures.")
    yield (f"Saturation is what is answered when {MAX_IN_FLIGHT} requests of each socket always "
           "wait; the latency there is the length of that queue. Latency is therefore measured "
           "apart, at the same fixed rate for all, from the time at which a request was due. Its "
           "high percentiles are as much the machine's pauses as the tracker's.")
    yield ("Receive buffers are those that each server asks for. opentracker leaves the system's "
           f"default ({machine['rmem_default']:,} bytes here), and would lose more of longer "
           "queues and bursts than is seen here.")
    yield ("Memory is the resident set after the load. That of opentracker and of gyre_udp with "
           "the list includes the whitelist.")
    yield (f"The first {UNCOUNTED_SECONDS} s of each run does not count. Runs of "
           f"{results['seconds']} s in {counted(results['rounds'], 'round')} do not show what "
           "happens over hours: expiry, growth, fragmentation of memory.")
    load = machine["load_at_start"]
    if load > 0.5:
        yield f"The machine was not idle: its load average was {load:.1f} at the start."


def counted(count, noun):
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def capital(text):
    return text[:1].upper() + text[1:]
