"""messages.py TROUBLESHOOTING SOURCE: every message of the source is of a kind that the chapter has, and every kind is one of the source.

A kind is what stands in backticks in the first column of a table, `...` in it for anything; a message, what the source hands to PetscCheck() with an
error of the user's, to a file that fails, or to the failure of a step.
"""
import glob
import os
import re
import sys

STRING = r'"(?:[^"\\\n]|\\.)*"'
LITERAL = rf"{STRING}(?:\s*(?:PetscInt_FMT|{STRING}))*"
MADE = (r"(?:JKO_ERR_(?:INPUT|FILE)|PETSC_ERR_FILE_WRITE),\s*", r"FieldFileFail\(\w+, \(PetscBool\)[^\"]*?,\s*", r"FieldFileFail\(\w+, \w+, \s*",
        r"failure, sizeof[^,]*,\s*")


def text(literal):
    """What a C literal says, its conversions as %."""
    joined = "".join("d" if part == "PetscInt_FMT" else part[1:-1] for part in re.findall(rf"{STRING}|PetscInt_FMT", literal))
    return re.sub(r"%(?:%|[-+ .0-9*]*[a-zA-Z])?", "%", joined.replace('\\"', '"'))


def kinds(chapter):
    cells = [line.split("|")[1] for line in open(chapter, encoding="utf-8") if line.startswith("| ") and "`" in line.split("|")[1]]
    return [kind for cell in cells for kind in re.findall("`([^`]*)`", cell)]


def fits(kind, message):
    """Whether the parts of the kind between its dots stand in the message, in order."""
    parts = [re.escape(p.strip()) for p in kind.split("...") if p.strip(" ,;")]
    return re.search(r".*?".join(parts), message) is not None


literals, messages = set(), set()
for path in glob.glob(os.path.join(sys.argv[2], "**", "*.c"), recursive=True):
    code = open(path, encoding="utf-8").read()
    literals.update(text(m) for m in re.findall(LITERAL, code))
    for made in MADE:
        messages.update(text(m) for m in re.findall(made + f"({LITERAL})", code))
messages = {m for m in messages if re.search("[a-z]{3}", m) and " " in m}
known = kinds(sys.argv[1])
known = [k for k in known if k not in ("kl", "w2_step")]  # columns of history.csv
assert len(messages) > 100 and len(known) > 50, (len(messages), len(known))
strangers = sorted(m for m in messages if not any(fits(k, m) for k in known))
unused = [k for k in known if not any(fits(k, m) for m in literals)]
print("\n".join([f"not in the chapter: {m}" for m in strangers] + [f"not in the source: {k}" for k in unused]))
sys.exit(bool(strangers or unused))
