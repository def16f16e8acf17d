"""Who may include what: each file includes only headers of targets that its own target links.

A target (gyre_library or gyre_executable in a CMakeLists.txt) owns the files in its SOURCES and
their headers. A header without a source file belongs to every target of its folder. Tests may
include all that the program under test does, and are left out.
"""

import re
from pathlib import Path

DECLARATION = re.compile(r"^(gyre_\w+)\(\s*(\w+)([^()]*)\)", re.M)
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
KEYWORDS = {"SOURCES", "LINK", "PRIVATE"}


def findings(root, paths):
    """(path, line, message) of every include that is outside of its target's links."""
    targets = {}
    for path in paths:
        if path.endswith("CMakeLists.txt") and not path.startswith("tests/"):
            targets |= targets_in(root, path)
    owners, folders = {}, {}
    for name, target in targets.items():
        for stem in target["stems"]:
            owners.setdefault(stem, set()).add(name)
            folders.setdefault(str(Path(stem).parent), set()).add(name)
    for name, target in sorted(targets.items()):
        reach = closure(name, targets)
        for stem in sorted(target["stems"]):
            for suffix in (".hpp", ".cpp"):
                yield from outside(root, stem + suffix, name, reach, owners, folders)


def targets_in(root, path):
    text = re.sub(r"#[^\n]*", "", (root / path).read_text(encoding="utf-8"))
    folder = Path(path).parent
    targets = {}
    for _, name, rest in DECLARATION.findall(text):
        target = {"stems": set(), "links": set()}
        kind = None
        for word in rest.split():
            if word in KEYWORDS:
                kind = word
            elif kind == "SOURCES" and word.endswith(".cpp") and "$" not in word:
                target["stems"].add(str(folder / word)[:-len(".cpp")])
            elif kind in ("LINK", "PRIVATE"):
                target["links"].add(word)
        targets[name] = target
    return targets


def closure(name, targets):
    reach, todo = set(), [name]
    while todo:
        target = todo.pop()
        if target not in reach and target in targets:
            reach.add(target)
            todo += targets[target]["links"]
    return reach


def outside(root, path, name, reach, owners, folders):
    if not (root / path).is_file():
        return
    text = (root / path).read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        stem = match[1].removesuffix(".hpp")
        allowed = owners.get(stem) or folders.get(str(Path(stem).parent), set())
        if allowed and not allowed & reach:
            line = text.count("\n", 0, match.start()) + 1
            yield path, line, f"{name} does not link {' or '.join(sorted(allowed))}"
