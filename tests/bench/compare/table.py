"""The figures as Markdown tables, for the terminal and the report alike."""

from .summary import ABSOLUTE, unique, verdicts

NOTHING = "-"


def table(figures):
    """A table per scenario, under the scenario's name."""
    return "\n\n".join(f"{scenario.text()}:\n\n{scenario_table(figures, scenario)}"
                       for scenario in figures.scenarios)


def scenario_table(figures, scenario):
    names = figures.contenders_of(scenario)
    rivals = [name for name in figures.protocol.rivals if name in names]
    floors = [name for name in (figures.protocol.floor,) if name in names]
    timed = [name for name in names if figures.has(scenario, name, "rate")]
    p99 = [f"p99 at {figures.median(scenario, name, 'rate'):,.0f}/s, us" for name in timed[:1]]
    idle = []
    if figures.has(scenario, names[0], "idle_bytes"):
        idle = ["bytes per idle connection"]
    unit = figures.protocol.unit
    others = [f"to {name}" for name in (*rivals, *floors)]
    speed = [f"{unit}s/s", *others, f"CPU per {unit}, us", *others]
    columns = ["", *(speed if saturates(figures, scenario) else []), *p99, "memory, MiB", *idle,
               "loss", figures.protocol.peers_title]
    return markdown(columns, [row(figures, scenario, name, rivals, floors) for name in names])


def row(figures, scenario, name, rivals, floors):
    def of(measure):
        return figures.spread(scenario, name, measure)

    def to(others, measure):
        return [f"{figures.ratio(scenario, name, other, measure).median:.2f}" for other in others]

    p99, idle = [], []
    if figures.has(scenario, name, "idle_bytes"):
        idle = [f"{of('idle_bytes').median:,.0f}"]
    if figures.has(scenario, name, "p99"):
        p99 = [f"{of('p99').median:,.0f}{between(of('p99'), ',.0f')}"]
    elif any(figures.has(scenario, other, "p99") for other in figures.contenders_of(scenario)):
        p99 = [NOTHING]
    speed = [f"{of('responses_per_s').median:,.0f}{between(of('responses_per_s'), ',.0f')}",
             *to((*rivals, *floors), "responses_per_s"),
             f"{of('cpu_us').median:.2f}{between(of('cpu_us'), '.2f')}",
             *to((*rivals, *floors), "cpu_us")]
    return [name, *(speed if saturates(figures, scenario) else []), *p99,
            f"{of('resident_bytes').median / 2**20:,.1f}", *idle,
            f"{of('loss_share').median:.2%}",
            f"{of('peers_per_announce').median:.1f}"]


def saturates(figures, scenario):
    return figures.protocol.mixes[scenario.mix].saturates


def between(spread, form):
    if spread.min == spread.max:
        return ""
    return f" ({spread.min:{form}} to {spread.max:{form}})"


def goal_table(figures):
    """Every goal that this run can decide; empty when there is none."""
    judged = {(each.goal, each.scenario, each.to): each for each in verdicts(figures)}
    others = unique(to for _, _, to in judged)
    rows = [[goal.title, goal.contender, scenario.text(),
             *[verdict_text(judged.get((goal, scenario, to))) for to in others]]
            for goal, scenario in unique((goal, scenario) for goal, scenario, _ in judged)]
    columns = ["figure" if to == ABSOLUTE else f"to {to}" for to in others]
    return markdown(["goal", "of", "with", *columns], rows) if rows else ""


def verdict_text(verdict):
    if not verdict:
        return NOTHING
    ratio = verdict.ratio
    form = ",.0f" if verdict.to == ABSOLUTE and ratio.median >= 100 else ".3f"
    outcome = "met" if verdict.is_met else "**missed**"
    text = f"{outcome}: {ratio.median:{form}}{between(ratio, form)}"
    if verdict.is_missed_by_floor:
        text += f"; by the floor too: {verdict.floor.median:{form}}{between(verdict.floor, form)}"
    return text


def markdown(columns, rows):
    """All columns but the first are right-aligned."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
