"""A protocol's trackers, loads and goals. Each protocol fills this in: udp.py, http.py and
ws.py."""

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class Kind(str, Enum):
    GYRE = "gyre"
    OTHER = "other tracker"
    FLOOR = "floor"


@dataclass(frozen=True)
class Place:
    """Where a server runs, and for what load."""
    port: int
    workers: int
    whitelist: Path  # the torrents of the load, one info_hash of 40 hex digits on each line
    folder: Path  # for its files
    peers_per_announce: float  # mean of gyre's responses; 0 while unknown
    peers_quantiles: list  # the same as quantiles
    messages_per_transfer: float = 1  # the same for messages


@dataclass(frozen=True)
class Contender:
    name: str
    kind: Kind
    about: str
    command: Callable[[Place], list[str]]
    most_workers: int = 1024
    mixes: tuple = ()  # names of its mixes; empty: all
    secure: bool = False  # speaks TLS
    has_latency: bool = True  # takes part in latency measurements
    # Load tester settings for this contender, by section.
    load: Callable[[Place], dict] = lambda place: {}


@dataclass(frozen=True)
class Mix:
    """One kind of load."""
    name: str
    about: str
    settings: dict = field(default_factory=dict)  # of the load tester, by section; "" is the top
    has_latency: bool = True  # is also measured at a fixed rate
    idle_connections: int = 0
    saturates: bool = True  # if false, throughput and CPU time mean nothing


@dataclass(frozen=True)
class Goal:
    """A bound on one contender's measure, as a ratio to each of some others, or absolute if there
    are none."""
    title: str
    measure: str
    contender: str
    to: tuple
    is_met: Callable[[float], bool]
    torrents: tuple = ()  # scenarios that it applies to; empty: all
    mixes: tuple = ()  # likewise


@dataclass(frozen=True)
class Protocol:
    name: str
    script: str
    title: str  # of the report
    gyre: str  # this project's tracker among the contenders
    rivals: tuple  # compared with in the table, if they take part
    floor: str
    program: str  # of gyre, below the build folder
    load_tester: str  # likewise
    mixes: dict  # by name
    announce_mix: str  # announces all peers first; empty: each run announces them
    secure_announce_mix: str
    torrents: list  # by default
    announces_per_second: int  # first guess of what a tracker answers
    settings: dict  # of the load tester, for every mix
    contenders: Callable  # (build, NAME=COMMAND...) -> in the order of their turns
    answers: Callable  # (port, seconds) -> whether a server answers there
    goals: tuple
    colours: dict  # of contenders, in charts
    packages: tuple  # Debian packages whose versions are reported
    load_note: str
    limits: Callable  # (results) -> sentences
    reading: Callable  # (figures, scenario) -> a sentence
    has_tls: bool = False
    unit: str = "response"  # what is counted for throughput and CPU time
    measures: dict = field(default_factory=dict)  # paths into a run that differ from summary.py's
    peers_title: str = "peers per response"
    memory_title: str = "Resident memory with every peer announced"
    rival_hint: str = "apt-get install opentracker"
    versions: Callable = dict  # versions of what is not a package, by name
    bound_by_floor: tuple = ()  # measures in which no tracker can be better than the floor
    population: str = ""  # description, if not that of aquatic's load test

    def sections(self, torrents, peers, mix, of_contender):
        """The load tester's settings for that mix, by section."""
        sections = {"": {}, "network": {}, self.settings["section"]:
                    {"number_of_torrents": torrents}}
        if self.announce_mix:
            sections[self.settings["section"]]["number_of_peers"] = peers
        for part in (self.settings["values"], mix.settings, of_contender):
            for name, values in part.items():
                sections.setdefault(name, {}).update(values)
        if mix.idle_connections:
            sections[""]["idle_connections"] = mix.idle_connections
        return sections


def opentracker_path():
    return shutil.which("opentracker", path="/usr/bin:/usr/local/bin:/usr/sbin:/bin")


def from_command_line(text):
    """NAME=COMMAND, where {port}, {workers} and {whitelist} are filled in."""
    name, _, command = text.partition("=")
    if not name or not command:
        raise ValueError(f"{text!r} is not NAME=COMMAND")
    return Contender(name, Kind.OTHER, command, lambda place: [
        word.format(port=place.port, workers=place.workers, whitelist=place.whitelist)
        for word in shlex.split(command)])
