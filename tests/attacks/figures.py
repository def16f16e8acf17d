"""Results of an attack: numbers with a name, a unit, and possibly a goal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def has_goal(self):
        return self.at_most is not None or self.at_least is not None

    def is_met(self):
        """True if there is no goal."""
        return ((self.at_most is None or self.value <= self.at_most)
                and (self.at_least is None or self.value >= self.at_least))

    def text(self):
        note = f" ({self.note})" if self.note else ""
        return f"{number(self.value)} {self.unit}".rstrip() + note

    def goal_text(self):
        if self.at_most is not None and self.at_most == self.at_least:
            return f"{number(self.at_most)} {self.unit}".rstrip()
        if self.at_most is not None:
            return f"at most {number(self.at_most)} {self.unit}".rstrip()
        return f"at least {number(self.at_least)} {self.unit}".rstrip() if self.has_goal else ""


def number(value):
    """Three significant digits; no decimals if large or whole."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def percentile(values, share):
    """Nearest rank: of few values, a high percentile is the maximum."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
