#!/usr/bin/env python3
"""Feeds the program with nonsense: options, options files, expressions, and the bytes of density files, checkpoints and output folders, sealed
anew or not. Every case must end with 0, 2, 3 or 4 and, unless with 0, with one line; in time; and leave nothing that passes for a result and is none.

    runs/cluster/fuzz.py [--cases 2000] [--seconds 600] [--seed 1] [--jobs 2] [--kind KIND]

A case is given by its kind and its number; `--case KIND:NUMBER` repeats one. What goes wrong is written to fuzz/KIND-NUMBER.json beside the
program, complete with its files; `--case FILE` repeats that. Those that are kept in fuzz-cases/ beside this file come first. Meant for a build with sanitizers (make fuzz), which turn what goes wrong inside into an end that is not allowed.
"""
import argparse, base64, collections, concurrent.futures, functools, glob, json, os, random, re, shlex, shutil, struct, subprocess, sys, tempfile, time
import flows

KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fuzz-cases')
WRONG = os.path.join(os.path.dirname(flows.PROGRAM), 'fuzz')
SECONDS = 60  # a case that takes longer hangs
BASE = {'-grid_n': '12,8', '-density': '1+x', '-energy_terms': 'entropy,potential', '-energy_potential': 'x', '-jko_dt': '1e-2',
        '-jko_max_steps': '2', '-output': 'out', '-checkpoint_interval': '1'}
NUMBERS = ['0', '-1', '1', '2', '3.5', '1e-3', '1e-300', '1e308', '-1e308', '1e999', 'nan', 'inf', '-inf', '2147483648', '-2147483649', '99999999999999999999',
           '0x10', '1e', '.', '-', '+', '1,1', '1,,1', ',', '7,5,3', '1:00', '::', '99:99', 'true', 'no', '']
WORDS = ['abc', 'auto', 'none', 'gibbs', 'entropy', 'power', 'a:power', ':', 'a:', ':power', 'periodic', 'noflux,periodic', 'extrapolated', 'reversible',
         'elliptic', 'anderson', 'ngmres', '%s%n%d', '../..', '/dev/null', '/dev/zero', '/', '.', 'text', 'good.h5', 'good.h5:', ':density', 'good.h5:nothing',
         'good.h5:/', 'check.h5', 'check.h5:potential', 'none.h5', '\u00e9\u20ac', '\x01\x7f', 'x' * 300, 'x' * 5000, ' ', '"', "'", '#', '\\', '-', '--']
TOKENS = ['x', 'y', 'z', 'r', 't', 'pi', '_pi', '_e', '1', '0', '2.5', '1e308', '1e-308', '.', '+', '-', '*', '/', '^', '(', ')', '((', '))', ',', '?', ':', '&&', '||', '==', '=',
          '!=', '<', '>', '<=', '!', '%', 'sin(', 'exp(', 'log(', 'sqrt(', 'rint(', 'sum(', 'min(', 'max(', 'avg(', 'if(', 'foo', 'foo(', '"', "'", ' ', '\t', '#', '@', '$', '\u00e9', 'xx', '1x', '0x1',
          'exp(-x^2)', '(x-.5)', 'x>.5?1:2']


def names_of_options():
    text = subprocess.run([flows.PROGRAM, '-help'], capture_output=True, text=True, timeout=120).stdout
    names = set(re.findall(r'^ *(-[A-Za-z]\w+)', text, re.M))
    # what stops for a debugger or runs other programs is the user's wish, and what is printed then is no error
    return sorted(n for n in names if not re.search('view|monitor', n) or n in ('-jko_view', '-monitor_target', '-jko_monitor'))


class Case:
    """One case, from its number alone."""

    def __init__(self, kind, number, setting):
        self.kind, self.number, self.random, self.setting = kind, number, random.Random(f'{kind} {number}'), setting
        self.options, self.files, self.ranks = dict(BASE), {}, 2 if number % 16 == 0 else 1
        getattr(self, kind)()

    def save(self):
        """All of it, for --case or to be kept."""
        os.makedirs(WRONG, exist_ok=True)
        files = {name: base64.b64encode(data).decode() for name, data in {**self.setting['files'], **self.files}.items() if name in self.files or
                 any(name in str(v) for v in self.options.values())}
        with open(os.path.join(WRONG, f'{self.kind}-{self.number}.json'), 'w') as file:
            json.dump({'kind': self.kind, 'ranks': self.ranks, 'options': self.options, 'files': files}, file, indent=1)
        return file.name

    @classmethod
    def load(cls, path, setting):
        case = cls.__new__(cls)
        with open(path) as file:
            kept = json.load(file)
        case.kind, case.ranks, case.options, case.setting = kept['kind'], kept['ranks'], kept['options'], setting
        case.number, case.files = os.path.basename(path), {name: base64.b64decode(data) for name, data in kept['files'].items()}
        return case

    def value(self):
        r = self.random
        return r.choice([lambda: r.choice(NUMBERS), lambda: r.choice(WORDS), self.text, lambda: str(r.uniform(-2, 20)), lambda: str(r.randint(-3, 40))])()

    def text(self):
        return ''.join(self.random.choice(TOKENS) for _ in range(self.random.choice([1, 2, 3, 5, 9, 30])))

    def grid_stays_small(self):
        """A large grid is no nonsense, it only takes long."""
        sizes = re.findall(r'\d+', self.options.get('-grid_n', ''))
        if any(len(s) > 2 for s in sizes) and len(sizes) <= 3:
            self.options['-grid_n'] = '12,8'
        self.options.setdefault('-jko_max_steps', '2')
        if re.fullmatch(r'\d+', self.options['-jko_max_steps']):
            self.options['-jko_max_steps'] = str(int(self.options['-jko_max_steps']) % 4)

    def arguments(self):
        r = self.random
        for _ in range(r.choice([1, 1, 2, 3])):
            change = r.random()
            name = r.choice(self.setting['names'])
            if change < 0.6:
                self.options[name] = self.value()
            elif change < 0.75:
                self.options[r.choice(list(BASE))] = self.value()
            elif change < 0.85:
                self.options.pop(r.choice(list(self.options)), None)
            else:
                place = r.randrange(1, len(name))
                self.options[name[:place] + r.choice(['', 'x', '_', '-', '%n', '\u00e9']) + name[place + 1:]] = self.value()
        self.grid_stays_small()

    def formula(self, depth):
        """What muParser understands, finite or not."""
        r = self.random
        if depth == 0:
            return r.choice(['x', 'y', 'z', 'r', 'pi', '0.5', '2', '1e3', '1e-9', str(round(r.uniform(0, 9), 2))])
        a, b, c = (self.formula(r.randrange(depth)) for _ in range(3))
        return r.choice([f'({a}{r.choice("+-*/^")}{b})', f'{r.choice(["sin", "exp", "log", "sqrt", "abs", "atan", "rint", "sign"])}({a})', f'({a}<{b}?{c}:{a})',
                         f'{r.choice(["min", "max", "sum"])}({a},{b},{c})', f'({a}>={b} && {b}!={c})', f'({a})^2'])

    def expressions(self):
        text = self.formula(4) if self.random.random() < 0.6 else self.text()
        if self.random.random() < 0.2:
            place = self.random.randrange(len(text))
            text = text[:place] + self.random.choice(TOKENS) + text[place + self.random.randrange(2):]
        self.options[self.random.choice(['-density', '-energy_potential', '-monitor_target'])] = text

    def spoil(self, data):
        r, data = self.random, bytearray(data)
        for _ in range(r.choice([1, 1, 2, 5, 20])):
            at = min(int(r.choice([r.random(), r.random() ** 4]) * len(data)), max(len(data) - 1, 0))
            change = r.randrange(7) if data else 6
            if change == 0:
                data[at] ^= 1 << r.randrange(8)
            elif change == 1:
                data[at] = r.choice([0, 1, 127, 128, 255, r.randrange(256)])
            elif change == 2:
                data[at:at + 8] = struct.pack('<Q', r.choice([0, 1, 2**63, 2**64 - 1, r.getrandbits(64), r.getrandbits(16)]))
            elif change == 3:
                del data[at:at + r.choice([1, 8, 512])]
            elif change == 4:
                data[at:at] = r.randbytes(r.choice([1, 8, 512]))
            elif change == 5:
                data[at:at + 64] = bytes(64)
            elif r.random() < 0.2:
                del data[at:]
        return bytes(data)

    def options_file(self):
        lines = '\n'.join(f'{k} {v}' for k, v in BASE.items()) + '\n# words\n'
        self.files['fuzz.opts'] = self.spoil(lines.encode())
        self.options = {'-options_file': 'fuzz.opts'}

    def density_file(self):
        name = self.random.choice(['good.h5', 'plain.h5', 'netcdf.h5'])
        self.files['fuzz.h5'] = self.spoil(self.setting['files'][name])
        for option, instead in self.random.choice([(('-density_file', '-density'),), (('-energy_potential_file', '-energy_potential'),)]):
            self.options.pop(instead)
            self.options[option] = 'fuzz.h5' + self.random.choice(['', ':density'])

    def checkpoint(self):
        self.files['fuzz.h5'] = self.spoil(self.setting['files']['check.h5'])
        self.options['-restart'] = 'fuzz.h5'

    def sealed_checkpoint(self):
        """Changed below its seal, which is made to fit: what reads the file must hold by itself."""
        data = self.setting['files']['check.h5']
        body = self.spoil(data[:data.rindex(b'\njko seal')])
        self.files['fuzz.h5'] = body + seal(body, 2)
        self.options['-restart'] = 'fuzz.h5'

    def inspect(self):
        name = self.random.choice(list(self.setting['files']))
        body = self.spoil(self.setting['files'][name])
        self.files['fuzz.h5'] = body + (seal(body, 2) if self.random.random() < 0.3 else b'')
        self.options = {'-inspect': 'fuzz.h5'}

    def folder(self):
        """What a flow left, spoiled, and gone on with."""
        for name, data in self.setting['out'].items():
            self.files['out/' + name] = self.spoil(data) if self.random.random() < 0.4 else data
        for name in ('checkpoint-999999.h5.part', 'checkpoint-.h5', 'checkpoint-00000x.h5', 'checkpoint-99999999999999999999.h5', 'density-1.h5'):
            if self.random.random() < 0.3:
                self.files['out/' + name] = self.spoil(self.setting['files']['check.h5'])
        self.options.update({'-restart': 'auto', '-jko_max_steps': '4'})

    def command(self):
        return flows.command(self.ranks, [word for name, value in self.options.items() for word in ((name, value) if value != '' else (name,))])

    def run(self, folder):
        """What the case ended with; raises Wrong."""
        os.makedirs(os.path.join(folder, 'out') if any(n.startswith('out/') for n in self.files) else folder)
        for name, data in {**self.setting['files'], **self.files}.items():
            with open(os.path.join(folder, name), 'wb') as file:
                file.write(data)
        try:
            done = subprocess.run([w.encode('utf-8', 'surrogateescape') for w in self.command()], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise flows.Wrong(f'no end within {SECONDS} s') from None
        said = done.stderr.decode(errors='replace')
        flows.expect(done.returncode in (0, 2, 3, 4), f'status {done.returncode}\n{said[:3000]}')
        if done.returncode:
            lines = [l for l in said.rstrip('\n').split('\n') if 'trying the one before' not in l]
            flows.expect(len(lines) == 1 and lines[0].startswith('jko: error: '), f'status {done.returncode} and not one line:\n{said[:3000]}')
        self.look(folder, done.returncode)
        return done.returncode

    def look(self, folder, status):
        """Nothing unfinished is left, and what has the name of a result is one."""
        out = os.path.join(folder, 'out')
        given = {n[4:] for n in self.files if n.startswith('out/')}
        for name in os.listdir(out) if os.path.isdir(out) else ():
            flows.expect(not name.endswith('.part') or (status and name in given), f'{name} is left')
            if name.startswith('checkpoint-') and name.endswith('.h5') and name not in given:
                flows.expect(flows.sound(os.path.join(out, name)), f'{name} is not sound')


def seal(body, step):
    """The last line of a checkpoint, as src/field/seal.c describes it."""
    mask, prime, total = 2**64 - 1, 0x9e3779b97f4a7c15, 0
    for place, at in enumerate(range(0, len(body), 2**20)):
        block = body[at:at + 2**20]
        h = ((place + 1) * prime + len(block)) & mask
        for word, in struct.iter_unpack('<Q', block + bytes(-len(block) % 8)):
            h = ((h ^ word) * prime) & mask
            h ^= h >> 32
        total = (total + h) & mask
    return b'\njko seal: step %19d, %19d bytes, digest %016x\n' % (step, len(body), total)


def make_setting(work):
    """The good files that cases are made from."""
    out = os.path.join(work, 'good')
    flows.run(1, [w for o in {**BASE, '-output': out}.items() for w in o])
    import h5py, numpy as np
    with h5py.File(os.path.join(work, 'plain.h5'), 'w', libver='latest') as f:
        f.create_dataset('density', data=np.ones((8, 12)), chunks=(4, 4), compression='gzip', shuffle=True)
    with h5py.File(os.path.join(work, 'netcdf.h5'), 'w') as f:
        f['group/density'] = np.ones((8, 12), 'f4')
        f['density'] = h5py.SoftLink('/group/density')
        f['density'].attrs['units'] = '1'
    def read(*path):
        with open(os.path.join(*path), 'rb') as file:
            return file.read()
    files = {'good.h5': read(out, 'density-000002.h5'), 'check.h5': read(out, 'checkpoint-000002.h5'), 'plain.h5': read(work, 'plain.h5'),
             'netcdf.h5': read(work, 'netcdf.h5'), 'text': b'words\n'}
    return {'names': names_of_options(), 'files': files, 'out': {n: read(out, n) for n in os.listdir(out)}}


KINDS = {'arguments': 5, 'expressions': 4, 'density_file': 3, 'sealed_checkpoint': 2, 'checkpoint': 1, 'inspect': 2, 'options_file': 1, 'folder': 2}


def attempt(case, work):
    """What the case ended with, or what is wrong with it."""
    folder = os.path.join(work, f'{case.kind}-{case.number}')
    try:
        return case, case.run(folder), None
    except flows.Wrong as wrong:
        return case, 'wrong', f'{wrong}\n  {case.save()}: {shlex.join(case.command())}'
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def choose(own, setting):
    """What makes the cases: those that are kept, then new ones of every kind."""
    if own.case and not own.case.endswith('.json'):
        kind, number = own.case.split(':')
        return [lambda: Case(kind, int(number), setting)]
    kept = [own.case] if own.case else sorted(glob.glob(os.path.join(KEPT, (own.kind or '') + '*.json')))
    old = [functools.partial(Case.load, file, setting) for file in kept]
    kinds = [own.kind] if own.kind else [k for k, n in KINDS.items() for _ in range(n)]
    chosen = random.Random(own.seed)
    new = [functools.partial(Case, chosen.choice(kinds), own.seed * 10**6 + n, setting) for n in range(own.cases)]
    return old + (new if not own.case else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--cases', type=int, default=2000)
    parser.add_argument('--seconds', type=float, default=600)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--kind', choices=KINDS)
    parser.add_argument('--case')
    own = parser.parse_args()
    table, wrong, start = collections.defaultdict(collections.Counter), 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix='fuzz-') as work, concurrent.futures.ThreadPoolExecutor(own.jobs) as pool:
        setting = make_setting(work)
        def timely(make):
            return attempt(make(), work) if own.case or time.monotonic() - start < own.seconds else None
        for done in pool.map(timely, choose(own, setting)):
            case, end, trouble = done or (None, None, None)
            if case:
                table[case.kind][end] += 1
            if trouble:
                wrong += 1
                print(f'WRONG: {case.kind}:{case.number}: {trouble}', flush=True)
    print(f"{'kind':20s}" + ''.join(f'{c:>8}' for c in ('cases', 0, 2, 3, 4, 'wrong')))
    for kind, ends in table.items():
        print(f'{kind:20s}' + ''.join(f'{n:8d}' for n in [ends.total()] + [ends[c] for c in (0, 2, 3, 4, 'wrong')]))
    print(f'fuzz: {sum(e.total() for e in table.values())} cases in {time.monotonic() - start:.0f} s, {wrong} went wrong')
    sys.exit(wrong > 0)


if __name__ == '__main__':
    main()
