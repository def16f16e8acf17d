"""Sentences derived from the figures alone, good or bad."""

from .load import UNCOUNTED_SECONDS
from .measure import DISTURBED_SHARES
from .summary import counted, unique, verdicts

LOSS_WORTH_SAYING = 0.001
RATE_SHARE_EXPECTED = 0.99
SATURATED_SHARE = 0.9


def answer(figures):
    """The measure of the first goal, against everyone it was measured with."""
    protocol = figures.protocol
    goal = protocol.goals[0]
    per = {"responses_per_s": "per second", "per_core": "per CPU second"}[goal.measure]
    parts = [f"{times} times as many as *{name}*" for name in protocol.rivals
             if (times := ratio_range(figures, goal.contender, name, goal.measure))]
    if times := ratio_range(figures, protocol.gyre, protocol.floor, goal.measure):
        parts.append(f"{times} times as many as the *{protocol.floor}*, a server that only echoes")
    if not parts:
        return "There was nothing to compare with."
    return f"{capital(protocol.unit)}s {per} of {protocol.gyre}: {', '.join(parts)}."


def ratio_range(figures, name, other, measure):
    """Over all saturating scenarios in which both took part."""
    ratios = [figures.ratio(scenario, name, other, measure) for scenario in figures.scenarios
              if figures.protocol.mixes[scenario.mix].saturates]
    medians = [ratio.median for ratio in ratios if ratio]
    if not medians:
        return ""
    return " to ".join(unique(f"{bound:.2f}" for bound in (min(medians), max(medians))))


def reading(figures):
    """A sentence for each scenario, then what weakens the figures."""
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
        yield (f"in {limited} of {runs} runs the generator was the limit: more was possible "
               "than is shown.")
    busy = figures.spread(scenario, contender, "cpu_share").min
    saturates = figures.protocol.mixes[scenario.mix].saturates
    if saturates and busy < SATURATED_SHARE * scenario.workers:
        yield (f"in one run it used only {busy / scenario.workers:.0%} of its CPU: it was not "
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
        yield (f"In {disturbed} of {counted(len(figures.runs), 'run')} other processes took too "
               f"much of the CPUs (more than {DISTURBED_SHARES['saturate']:.1%} when saturated or "
               f"{DISTURBED_SHARES['latency']:.1%} at half load) in every attempt; the most was "
               f"{max(run['disturbed_share'] for run in figures.runs):.0%}.")


def answer_sizes(figures):
    """Longer responses cost more: the ratio of responses is not the whole story."""
    gyre, rivals = figures.protocol.gyre, figures.protocol.rivals
    for rival in rivals[:1]:
        peers = [most_peers(figures, name) for name in (gyre, rival)]
        if all(peers) and abs(peers[0] - peers[1]) >= 1:
            yield (f"A response of {gyre} holds {peers[0]:.1f} peers, one of {rival} "
                   f"{peers[1]:.1f}: they select by different rules ({gyre} does not return "
                   "seeders to seeders, nor the requester itself). The difference in size favours "
                   "whoever sends less.")


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
        sentence += f", of which the floor, which only echoes, missed {by_floor} too in every round"
    return sentence + "."


def limits(results, protocol):
    """What these figures cannot show."""
    machine = results["machine"]
    yield from protocol.limits(results)
    yield (f"The machine has {machine['cpus']} CPUs ({machine['threads_per_core']} thread(s) per "
           f"core, hypervisor: {machine['hypervisor']}). On a shared or virtual machine runs "
           "differ from hour to hour: ratios within one run mean more than absolute figures.")
    yield ("Memory is the resident set after the load, including the whitelist where there is "
           "one.")
    yield (f"The first {UNCOUNTED_SECONDS} s of each run is not counted. "
           f"{capital(counted(results['rounds'], 'round'))} of {results['seconds']} s do not show "
           "what happens over hours: expiry, growth, memory fragmentation.")
    load = machine["load_at_start"]
    if load > 0.5:
        yield f"The machine was not idle: its load average was {load:.1f} at the start."


def capital(text):
    return text[:1].upper() + text[1:]
