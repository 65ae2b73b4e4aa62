"""commands.py CHAPTER: runs the commands of a chapter, the blocks ```sh, one after the other in this folder; what one prints has the lines of the block
```text that follows it, if one does, in their order, `...` for anything; numbers of four decimals and more may differ by 2e-4 of themselves, which a change of
the solver may do. mpirun is $MPIRUN. Says the first that does not."""
import os
import re
import subprocess
import sys


def blocks(path):
    """(commands, lines that they print) of each block."""
    with open(path, encoding="utf-8") as f:
        found = re.findall(r"^```(sh|text)\n(.*?)^```$", f.read(), re.M | re.S)
    pairs = []
    for kind, text in found:
        if kind == "sh":
            pairs.append((text, []))
        else:
            pairs[-1][1].extend(line for line in text.splitlines() if line != "...")
    return pairs


NUMBER = r"\d+\.\d{4,}"


def fits(line, said):
    """Whether a line says that, any number of blanks counting as one."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in re.sub(NUMBER, "#", line).split("...")]
    found = re.fullmatch(r"\s*.*?\s*".join(parts).replace(r"\#", f"({NUMBER})"), said.strip())
    numbers = [float(number) for number in re.findall(NUMBER, line)]
    return found and all(abs(float(told) - number) <= 2e-4 * number for told, number in zip(found.groups(), numbers))


def main():
    pairs = blocks(sys.argv[1])
    for commands, lines in pairs:
        launched = re.sub(r"^mpirun\b", os.environ["MPIRUN"], commands, flags=re.M)
        done = subprocess.run(["bash", "-e", "-c", launched], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100)
        said = done.stdout.splitlines()
        if done.returncode:
            sys.exit(f"{commands}status {done.returncode}\n" + "\n".join(said[-5:]))
        for line in lines:
            while said and not fits(line, said[0]):
                said.pop(0)
            if not said:
                sys.exit(f"{commands}does not print: {line}\n" + "\n".join(done.stdout.splitlines()[-5:]))
            said.pop(0)
    print(f"{len(pairs)} blocks, {sum(len(lines) for _, lines in pairs)} lines")
    return not pairs


sys.exit(main())
