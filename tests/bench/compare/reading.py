"""Sentences that the figures make true: what is printed depends on them alone, good or bad."""

from .load import UNCOUNTED_SECONDS
from .measure import DISTURBED_SHARES
from .summary import counted, verdicts

LOSS_WORTH_SAYING = 0.001
RATE_SHARE_EXPECTED = 0.99
SATURATED_SHARE = 0.9


def reading(figures):
    """Paragraphs, one for each scenario, then what weakens the figures."""
    sentences = [f"{capital(scenario.text())}: {figures.protocol.reading(figures, scenario)}"
                 for scenario in figures.scenarios]
    return sentences + list(caveats(figures))


def caveats(figures):
    for scenario in figures.scenarios:
        for contender in figures.contenders_of(scenario):
            for sentence in caveats_of(figures, scenario, contender):
                yield f"{contender}, {scenario.text()}: {sentence}"
    yield from disturbances(figures)
    yield from answer_sizes(figures)


def caveats_of(figures, scenario, contender):
    limited, runs = figures.limited_by_generator(scenario, contender)
    if limited:
        yield (f"in {limited} of {runs} runs the generator was the limit, so that more was "
               "possible than is shown.")
    busy = figures.spread(scenario, contender, "cpu_share").min
    saturates = figures.protocol.mixes[scenario.mix].saturates
    if saturates and busy < SATURATED_SHARE * scenario.workers:
        yield (f"in some run it used only {busy / scenario.workers:.0%} of its CPU: it was not "
               "saturated, and more was possible than is shown.")
    for measure, when in (("loss_share", "when saturated"), ("latency_loss_share", "at half load")):
        most = max(figures.values(scenario, contender, measure), default=0)
        if most > LOSS_WORTH_SAYING:
            yield f"up to {most:.2%} of the requests were lost {when}."
    if errors := figures.spread(scenario, contender, "errors_per_s").max:
        yield f"up to {errors:,.0f} responses per second were errors."
    if invalid := figures.invalid_count(scenario, contender):
        yield f"{invalid:,} responses were invalid."
    if not figures.has(scenario, contender, "rate"):
        return
    achieved = min(figures.values(scenario, contender, "rate_achieved"))
    wanted = figures.median(scenario, contender, "rate")
    if achieved < RATE_SHARE_EXPECTED * wanted:
        yield (f"the generator reached only {achieved:,.0f} of {wanted:,.0f} requests per second, "
               "so its latencies are not those of the others' load.")


def disturbances(figures):
    disturbed = sum(figures.disturbed_count(scenario, contender)
                    for scenario in figures.scenarios
                    for contender in figures.contenders_of(scenario))
    if disturbed:
        yield (f"In {disturbed} of {counted(len(figures.runs), 'run')} others had too much of the "
               f"CPUs (more than {DISTURBED_SHARES['saturate']:.1%} when saturated or "
               f"{DISTURBED_SHARES['latency']:.1%} at half load), however often it was tried; the "
               f"most was {max(run['disturbed_share'] for run in figures.runs):.0%}.")


def answer_sizes(figures):
    """Longer answers cost more: a ratio of responses is not all there is to it."""
    gyre, rivals = figures.protocol.gyre, figures.protocol.rivals
    for rival in rivals[:1]:
        peers = [most_peers(figures, name) for name in (gyre, rival)]
        if all(peers) and abs(peers[0] - peers[1]) >= 1:
            yield (f"An answer names {peers[0]:.1f} peers from {gyre} and {peers[1]:.1f} from "
                   f"{rival}: they choose by different rules ({gyre} does not tell seeders of "
                   "seeders, or anybody of itself). The difference in size favours whoever sends "
                   "less.")


def most_peers(figures, name):
    return max((figures.median(scenario, name, "peers_per_announce")
                for scenario in figures.scenarios if name in figures.contenders_of(scenario)),
               default=0)


def goals_sentence(figures):
    judged = list(verdicts(figures))
    if not judged:
        return "No goal could be judged with these loads and trackers."
    met = sum(verdict.is_met for verdict in judged)
    by_floor = sum(verdict.is_missed_by_floor for verdict in judged)
    sentence = f"Of {counted(len(judged), 'goal')}, {met} are met and {len(judged) - met} missed"
    if by_floor:
        sentence += f", of which {by_floor} also by the floor in every round, which only echoes"
    return sentence + "."


def limits(results, protocol):
    """What these figures cannot say, whatever they are."""
    machine = results["machine"]
    yield from protocol.limits(results)
    yield (f"The machine has {machine['cpus']} CPUs ({machine['threads_per_core']} thread(s) per "
           f"core, hypervisor: {machine['hypervisor']}). On a shared or virtual one, runs differ "
           "from hour to hour: ratios within one run mean more than absolute figures.")
    yield ("Memory is the resident set after the load. That of trackers with a whitelist includes "
           "it.")
    yield (f"The first {UNCOUNTED_SECONDS} s of each run does not count. Runs of "
           f"{results['seconds']} s in {counted(results['rounds'], 'round')} do not show what "
           "happens over hours: expiry, growth, fragmentation of memory.")
    load = machine["load_at_start"]
    if load > 0.5:
        yield f"The machine was not idle: its load average was {load:.1f} at the start."


def capital(text):
    return text[:1].upper() + text[1:]
