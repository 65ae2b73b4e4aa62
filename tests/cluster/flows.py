"""What the drivers of this folder share: starting the program, and comparing what two flows have left in their folders."""
import csv, glob, os, re, shlex, subprocess, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../runs'))
import figures  # tells what this Python is in want of
import h5py, numpy as np

PROGRAM = os.path.abspath(os.path.join(os.environ.get('BUILD', 'build'), 'jko'))
MPIRUN = shlex.split(os.environ['MPIRUN'])
NOT_STATE = {'options', 'program', 'history', 'Conventions', '_NCProperties'}  # attributes of a checkpoint that two equal states may differ in


class Wrong(Exception):
    """A promise that was not kept."""


def expect(holds, text):
    if not holds:
        raise Wrong(text)


def command(ranks, options):
    return (MPIRUN + ['-n', str(ranks)] if ranks > 1 else []) + [PROGRAM] + [str(o) for o in options]


def without_banner(text):
    """The text without what a launcher says, between two lines of dashes, of a run that has failed."""
    return re.sub(r'^-{70,}\n.*?^-{70,}\n|^\[[^]\n]*:\d+\] PMIX ERROR[^\n]*\n', '', text, flags=re.M | re.S)


def run(ranks, options, timeout=300, status=0):
    """Runs the program to its end; its standard output."""
    done = subprocess.run(command(ranks, options), capture_output=True, text=True, timeout=timeout, errors='replace')
    expect(done.returncode == status, f'status {done.returncode}, not {status}, of {shlex.join(map(str, options))}\n{done.stderr}')
    return done.stdout


def sound(path):
    return subprocess.run([PROGRAM, '-inspect', path], capture_output=True, timeout=60).returncode == 0


def restarted(output):
    """The step that a run says it went on from, -1 where it began anew."""
    found = re.search(r'^restart from \S+: step (\d+),', output, re.M)
    return int(found.group(1)) if found else -1


def steps(folder, kind):
    """The steps of the files kind-NNNNNN.h5 of a folder, ascending."""
    found = (re.fullmatch(kind + r'-(\d{6,})\.h5', os.path.basename(f)) for f in glob.glob(os.path.join(glob.escape(folder), kind + '-*')))
    return sorted(int(f.group(1)) for f in found if f)


def path(folder, kind, step):
    return os.path.join(folder, f'{kind}-{step:06d}.h5')


def history(folder):
    """The rows of history.csv, but for the seconds that they took."""
    with open(os.path.join(folder, 'history.csv')) as file:
        rows = list(csv.DictReader(file))
    return [{k: v for k, v in r.items() if k != 'wall'} for r in rows]


def content(file):
    """Datasets and attributes that make up the state of a file."""
    with h5py.File(file, 'r') as f:
        found = {name: f[name][...] for name in f if isinstance(f[name], h5py.Dataset)}
        found.update({'@' + name: np.asarray(value) for name, value in f.attrs.items() if name not in NOT_STATE})
    return found


def same(a, b):
    """Whether two files hold the same state to the last bit."""
    one, two = content(a), content(b)
    return one.keys() == two.keys() and all(one[k].tobytes() == two[k].tobytes() for k in one)


def distance(a, b):
    """The largest difference of the datasets of two density files over the largest value, the worst of the datasets."""
    one, two = content(a), content(b)
    expect(one.keys() == two.keys(), f'{a} and {b} hold different things')
    return max(np.abs(one[k] - two[k]).max() / max(np.abs(one[k]).max(), 1e-300) for k in one if not k.startswith('@'))


def same_bytes(a, b):
    with open(a, 'rb') as one, open(b, 'rb') as two:
        return one.read() == two.read()


def compare(whole, parts, bitwise, tolerance=1e-12):
    """Holds what is left of a flow in parts to what is left of the whole one: every density, film, row and entry of the series; to the last bit,
    or densities to the tolerance and nothing double or missing."""
    for kind, step in [(k, s) for k in ('density', 'film') for s in steps(whole, k)]:
        a, b = path(whole, kind, step), path(parts, kind, step)
        expect(os.path.exists(b), f'{b} is missing')
        if bitwise:
            expect(same_bytes(a, b), f'{b} differs from {a}, by {distance(a, b):.1e}')
        elif kind == 'density':
            expect(distance(a, b) <= tolerance, f'{b} differs from {a}, by {distance(a, b):.1e}')
    for kind in 'density', 'film':
        expect(steps(whole, kind) == steps(parts, kind), f'{parts} holds {kind} files of steps that the whole does not')
    one, two = history(whole), history(parts)
    expect([r['step'] for r in one] == [r['step'] for r in two], f'{parts}/history.csv has missing or double rows')
    for a, b in zip(one, two) if bitwise else ():
        expect(a == b, f"{parts}/history.csv differs at step {a['step']}: {[(k, a[k], b[k]) for k in a if a[k] != b[k]]}")
    for name in ('flow.xdmf', 'film.xdmf') if bitwise else ():
        expect(not os.path.exists(os.path.join(whole, name)) or same_bytes(os.path.join(whole, name), os.path.join(parts, name)), f'{parts}/{name} differs')
    left = [f for f in os.listdir(parts) if f.endswith('.part') or f == 'run.lock']
    expect(not left, f'{parts} still holds {left}')
