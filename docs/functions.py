"""functions.py: the functions of include/jko/*.h in Markdown on standard output, header by header, each with its prototype and its docstring from the
source. A public function without a docstring ends it with status 1."""
import glob
import os
import re
import sys

DOCSTRING = re.compile(r"^/\*@C?\s*?(?=[\sA-Z])(.*?)@\*/\n(.*?)\n\{", re.M | re.S)
LIST = re.compile(r"^[+.-] ")


def docstrings():
    """name -> (text, prototype)"""
    found = {}
    for path in glob.glob("src/**/*.c", recursive=True):
        with open(path, encoding="utf-8") as f:
            for text, prototype in DOCSTRING.findall(f.read()):
                text = re.sub(r"^ \*", "", text, flags=re.M)
                found[re.match(r"\s*(\w+)", text).group(1)] = text, prototype
    return found


def plain(text):
    """Text that Markdown shows as it is; what stands in backticks is code."""
    parts = text.split("`")
    return "`".join(part if i % 2 else re.sub(r"([\\*_{}\[\]<>#|~^$])", r"\\\1", part) for i, part in enumerate(parts))


def paragraphs(name, text):
    """The docstring as Markdown: items of lists begin with + . or -, a line that ends in a colon heads a list."""
    text = re.sub(rf"^\s*{name}\s+- ", "", text)
    for part in re.split(r"\n\s*\n", text.strip()):
        lines, item = [], False
        for line in (line.strip() for line in part.splitlines()):
            if LIST.match(line):
                lines.append(("" if item else "\n") + "* " + plain(line[2:]))
                item = True
            else:
                lines.append(("  " if item else "") + plain(line))
        yield "\n".join(lines)


def main():
    known, missing = docstrings(), []
    print("# Functions\n\nMade by `make docs` from the source: what a program calls, by header. Everything returns a `PetscErrorCode`; `#include <jko.h>` has all of it.")
    for header in sorted(glob.glob("include/jko/*.h")):
        with open(header, encoding="utf-8") as f:
            code = f.read()
        title = re.search(r"/\*\s*(.*?)\s*\*/", code, re.S).group(1).split("\n\n")[0]
        names = re.findall(r"^PETSC_EXTERN \w+ +\**(\w+)\(", code, re.M)
        if not names:
            continue
        print(f"\n## {os.path.basename(header)}\n\n{plain(' '.join(title.split()))}")
        for name in sorted(names):
            if name not in known:
                missing.append(name)
                continue
            text, prototype = known[name]
            print(f"\n### {name} {{#{name}}}\n\n```c\n{prototype}\n```\n\n" + "\n\n".join(paragraphs(name, text)))
    for name in missing:
        print(f"functions.py: {name} has no docstring", file=sys.stderr)
    return bool(missing)


sys.exit(main())
