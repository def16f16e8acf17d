"""House rules that no compiler checks: sizes, forbidden includes and calls, leftovers.

    python3 tests/tidy_test.py [ROOT]       prints PATH:LINE: MESSAGE, exits with 1 if there is any
"""

import re
import subprocess
import sys
from pathlib import Path

import link_closure

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 300
TEST_LINES_MAX = 500

CPP = {".cpp", ".hpp"}
TEXT = CPP | {".py", ".sh", ".cmake", ".md", ".txt", ".json", ".toml", ".yml"}
NOT_OURS = ("tests/corpus/", "tests/golden/", "documents/benchmarks/")

# What is forbidden, where it is allowed, and why or what to use.
FORBIDDEN = [
    (r"#include <liburing", r"common/ring/", "liburing stays within common/ring"),
    (r"#include <wolfssl", r"common/tls/", "wolfSSL stays within common/tls"),
    (r"\bstd::regex\b", None, "std::regex is slow and large: write the few lines of a parser"),
    (r"\bato(i|l|ll|f)\(", None, "errors go unnoticed: std::from_chars"),
    (r"(?<![\w.])s?rand\(", None, "neither random nor seeded: gyre::Random"),
    (r"(?<!\w)[fsv]*n?printf\(", r"common/base/check\.hpp", "not type-safe: use fmt"),
]
LEFTOVER = re.compile("TO" "DO|FIX" "ME")
# Words that the glossary of CONTRIBUTING.md replaces, and headers that say what they are between.
REPLACED = re.compile(r"\b(fare" r"well|gives? " r"way|told" r" of|spar" r"ed|man" r"ieth"
                      r"|[Cc]our" r"ier)\b|// Betw" r"een ")
WITH_OLD_WORDS = {"CHANGELOG.md", "CONTRIBUTING.md"}
NO_FUNCTION = re.compile(r"\s*(namespace|class|struct|enum|union|extern|if|for|while|switch|do"
                         r"|else|template <[^>]*>\s*(class|struct))\b")
COMMENT_OR_TEXT = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"
                             |(?<!\w)'(?:[^'\\\n]|\\.)+'|"(?:[^"\\\n]|\\.)*\"""",
                             re.S | re.X)


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent)
    paths = list(own_files(root))
    findings = [finding for path in paths for finding in findings_in(root, path)]
    findings += [f"{path}:{line}: {message}"
                 for path, line, message in link_closure.findings(root, paths)]
    print("\n".join(findings) or "tidy")
    sys.exit(bool(findings))


def own_files(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], capture_output=True, text=True, check=True)
    for path in sorted(listed.stdout.split("\0")):
        if Path(path).suffix in TEXT and not path.startswith(NOT_OURS) and (root / path).is_file():
            yield path


def findings_in(root, path):
    text = (root / path).read_text(encoding="utf-8")
    findings = list(text_findings(path, text))
    if Path(path).suffix in CPP:
        findings += cpp_findings(path, text)
    for line, message in sorted(findings):
        yield f"{path}:{line}: {message}"


def text_findings(path, text):
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if line != line.rstrip():
            yield number, "trailing spaces"
        if REPLACED.search(line) and path not in WITH_OLD_WORDS:
            yield number, "a word that the glossary in CONTRIBUTING.md replaces"
        if LEFTOVER.search(line):
            yield number, "leftover note: finish it or move it to the documents"
        if Path(path).suffix in CPP | {".py", ".sh"} and len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns, at most {COLUMNS_MAX}"
    lines_max = TEST_LINES_MAX if path.startswith("tests/") else FILE_LINES_MAX
    if Path(path).suffix in CPP | {".py"} and len(lines) > lines_max:
        yield 1, f"{len(lines)} lines, at most {lines_max}: split the file"
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end of the file"


def cpp_findings(path, text):
    code = without_comments_and_strings(text)
    for number, line in enumerate(code.splitlines(), start=1):
        for pattern, allowed, advice in FORBIDDEN:
            if re.search(pattern, line) and not (allowed and re.match(allowed, path)):
                yield number, f"forbidden here: {advice}"
        if path.endswith(".hpp") and re.match(r"\s*using namespace\b", line):
            yield number, "using namespace in a header reaches everyone who includes it"
    yield from long_functions(code)
    if path.endswith(".hpp"):
        if not text.startswith("// "):
            yield 1, "a header opens with a comment: what the thing is, then its rules"
        directive = re.search(r"^#.*$", code, re.M)
        if not directive or directive[0] != "#pragma once":
            yield 1, "#pragma once is the first directive of a header"


def without_comments_and_strings(text):
    """The code alone, on its original lines; names of included files stay."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])

    return COMMENT_OR_TEXT.sub(blank, text)


def long_functions(code):
    """Blocks after a parenthesis that are not a class, namespace or control statement."""
    code = re.sub(r"^\s*#.*$", "", code, flags=re.M)
    opened, begin = [], 0
    for match in re.finditer(r"[;{}]", code):
        if match[0] == "{":
            opened.append((begin, code[begin:match.start()]))
        elif match[0] == "}" and opened:
            start, header = opened.pop()
            start += len(header) - len(header.lstrip())
            lines = code.count("\n", start, match.start()) + 1
            if "(" in header and not NO_FUNCTION.match(header) and lines > FUNCTION_LINES_MAX:
                yield (code.count("\n", 0, start) + 1,
                       f"a function of {lines} lines, at most {FUNCTION_LINES_MAX}")
        begin = match.end()


if __name__ == "__main__":
    main()
