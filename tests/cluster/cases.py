"""What make fuzz feeds the program with: flows of every kind, and nonsense put into their options, expressions and files. What options there are,
what they mean and what their values look like is what `jko -help table` says."""
import base64, csv, glob, json, math, os, random, re, shlex, struct, subprocess
import h5py, numpy as np
import flows, foreign

PRESETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../petsc-options/problems')
WRITING = {'-jko_max_steps': '2', '-output': 'out', '-checkpoint_interval': '1'}
SMALL = {1: '24', 2: '12,8', 3: '6,5,4'}
FLOWS = {  # what files are made from; the presets are started from as well
    'plain': {'-grid_n': '12,8', '-density': '1+x', '-energy_terms': 'entropy,potential', '-energy_potential': 'x', '-jko_dt': '1e-2'},
    'walls': {'-grid_n': '12,8', '-grid_obstacle': 'x>.5&&x<.6&&y>.3', '-density': '2-x', '-energy_terms': 'congestion,potential', '-energy_congestion_max': '4',
              '-energy_potential': 'y', '-jko_dt': '.1'},
    'film': {'-grid_n': '24', '-density': 'exp(-9*(x-.5)^2)', '-energy_terms': 'entropy,potential', '-energy_potential': 'x^2', '-jko_type': 'extrapolated',
             '-jko_adapt': 'basic', '-jko_dt': '1e-2', '-output_interpolate': '2', '-output_fields': 'velocity,potential', '-monitor_target': 'gibbs',
             '-monitor_w2_interval': '1', '-jko_monitor_geodesic': '1', '-jko_monitor_inequalities': '1', '-jko_monitor_balance': '1',
             '-jko_monitor_production': '1', '-jko_monitor_moments': '1', '-jko_monitor_kl': '1', '-jko_monitor_w2': '1', '-jko_monitor_energy': '1'},
    'growth': {'-grid_n': '12,8', '-density': '1+x', '-energy_terms': 'own:internal', '-energy_own': 'log(rho)+x', '-jko_metric': 'wfr', '-jko_splitting': 'strang',
               '-reaction_terms': 'crowd:power,growth:potential', '-reaction_growth': '0-2', '-jko_dt': '1e-2'},
    'species': {'-grid_n': '12,8', '-species': 'a,b', '-a_density': '1+x', '-b_density': '2-x', '-energy_terms': 'congestion', '-energy_congestion_max': '4',
                '-a_energy_terms': 'potential,w:interaction', '-a_energy_potential': 'x', '-a_energy_w': 'exp(-r^2)', '-a_energy_w_with': 'b',
                '-b_energy_terms': 'potential,entropy', '-b_energy_potential': '0-x', '-jko_dt': '5e-2'},
}
PETSC = {  # some of PETSc's own, and what it takes for them
    '-sinkhorn_snes_type': 'weightedanderson elliptic anderson ngmres qn nrichardson newtonls ncg', '-sinkhorn_snes_linesearch_type': 'basic bt l2 cp', '-sinkhorn_snes_mf': '',
    '-sinkhorn_snes_monitor': '', '-sinkhorn_snes_view': '', '-sinkhorn_snes_lag_jacobian': '<1>', '-sinkhorn_snes_anderson_depth': '<5>',
    '-sinkhorn_elliptic_ksp_type': 'cg gmres bcgs preonly richardson', '-sinkhorn_elliptic_pc_type': 'gamg jacobi none lu redundant mg', '-sinkhorn_elliptic_ksp_rtol': '<1e-5>',
    '-sinkhorn_elliptic_ksp_max_it': '<100>', '-sinkhorn_elliptic_ksp_view': '', '-sf_type': 'basic neighbor', '-log_view': '', '-options_left': 'no', '-malloc_debug': ''}
NUMBERS = ['0', '-1', '1', '2', '3.5', '1e-3', '1e-300', '1e308', '-1e308', '1e999', 'nan', 'inf', '-inf', '2147483648', '-2147483649', '99999999999999999999',
           '0x10', '1e', '.', '-', '+', '1,1', '1,,1', ',', '7,5,3', '1:00', '::', '99:99', 'true', 'no', '']
WORDS = ['abc', 'auto', 'none', 'a:power', ':', 'a:', ':power', 'noflux,periodic', '%s%n%d', '../..', '/dev/null', '/dev/zero', '/', '.', 'text', 'good.h5', 'good.h5:',
         ':density', 'plain.h5:nothing', 'plain.h5:/', 'species.h5:density_b', 'plain-check.h5', 'plain-check.h5:potential', 'none.h5', '\u00e9\u20ac', '\x01\x7f', 'x' * 300,
         'x' * 5000, ' ', '"', "'", '#', '\\', '-', '--']
TOKENS = ['x', 'y', 'z', 'r', 't', 'rho', 'pi', '_pi', '_e', '1', '0', '2.5', '1e308', '1e-308', '.', '+', '-', '*', '/', '^', '(', ')', '((', '))', ',', '?', ':', '&&',
          '||', '==', '=', '!=', '<', '>', '<=', '!', '%', 'sin(', 'exp(', 'log(', 'sqrt(', 'rint(', 'sum(', 'min(', 'max(', 'avg(', 'if(', 'foo', 'foo(', '"', "'", ' ',
          '\t', '#', '@', '$', '\u00e9', 'xx', '1x', '0x1', 'exp(-x^2)', '(x-.5)', 'x>.5?1:2']
KINDS = {'arguments': 4, 'settings': 3, 'expressions': 4, 'fields': 3, 'sealed_checkpoint': 3, 'checkpoint': 1, 'inspect': 2, 'options_file': 1, 'folder': 3,
         'metadata': 4, 'attributes': 3, 'history': 2, 'options_files': 3, 'links': 4, 'sizes': 1}
LONG = [lambda r: 'x' * r.choice([2001, 2500, 70000]), lambda r: '1' * r.choice([400, 2500]), lambda r: '(' * 3000 + 'x' + ')' * 3000, lambda r: 'sin(' * 2000, lambda r: 'x+' * 30000 + 'x',
        lambda r: '"' + 'a' * 4000 + '"', lambda r: '1.' + '3' * 30, lambda r: '-' * 5000 + 'x']
RESULTS = ['run.lock', 'history.csv', 'run.log.json', 'flow.xdmf', 'film.xdmf', *(f'{kind}-{step:06d}.h5' for kind in ('density', 'checkpoint', 'film') for step in (0, 1, 2, 3))]
DEVICES = ['/dev/full', '/dev/zero', '/dev/null', '/dev/stdin', '/proc/self/mem']
VICTIM = b'a file of someone else\n'
SECONDS = 60  # a case that takes longer hangs


def read(*path):
    with open(os.path.join(*path), 'rb') as file:
        return file.read()


def words(options):
    return [word for name, value in options.items() for word in ((name, value) if value != '' else (name,))]


def options_of(flow):
    """The options of a flow: what they mean by name, with default, unit and type, and those of the project's own among them."""
    text = subprocess.run([flows.PROGRAM, *words(flow), '-help', 'table'], capture_output=True, text=True, timeout=120).stdout
    rows = list(csv.DictReader(text.splitlines(), delimiter='\t', quoting=csv.QUOTE_NONE))
    own = {row['option']: f"<{row['default']}> {row['meaning']} ({row['unit']} {row['type'].replace('EXPRESSION', 'expression')})" for row in rows}
    return {**own, **PETSC}, set(own)


def preset(path):
    """A problem of petsc-options/ on a few cells."""
    with open(path) as file:
        lines = (shlex.split(line, comments=True) for line in file)
        options = {line[0]: ' '.join(line[1:]) for line in lines if line}
    options['-grid_n'] = SMALL[options['-grid_n'].count(',') + 1]
    return options


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


def is_result(path):
    """Whether a file is what its name says, by other means than the program's."""
    data = read(path)
    if os.path.basename(path).startswith('checkpoint-'):
        end = data.rfind(b'\njko seal')
        found = re.match(rb'\njko seal: step +(\d+)', data[end:])
        return found is not None and data[end:] == seal(data[:end], int(found.group(1)))
    with h5py.File(path, 'r') as file:
        densities = [file[name][...] for name in file if name.startswith('density')]
    return bool(densities) and all(np.isfinite(d).all() and (d >= 0).all() for d in densities)


def make_setting(work):
    """What cases are made from: the flows, the options there are, and the files that flows leave."""
    files, out, own = {'text': b'words\n'}, {}, set()
    bases = {**FLOWS, **{os.path.basename(p): preset(p) for p in sorted(glob.glob(os.path.join(PRESETS, '*.opts')))}}
    meanings = {}
    for name, flow in FLOWS.items():
        folder = os.path.join(work, 'good-' + name)
        flows.run(1, words({**flow, **WRITING, '-output': folder}))
        files[name + '.h5'], files[name + '-check.h5'] = read(folder, 'density-000002.h5'), read(folder, 'checkpoint-000002.h5')
        out[name] = {n: read(folder, n) for n in os.listdir(folder)}
        if '-species' in flow or name == 'plain':
            meanings['-species' in flow], more = options_of(flow)
            own |= more
    with h5py.File(os.path.join(work, 'chunked.h5'), 'w', libver='latest') as f:
        f.create_dataset('density', data=np.ones((8, 12)), chunks=(4, 4), compression='gzip', shuffle=True)
    with h5py.File(os.path.join(work, 'linked.h5'), 'w') as f:
        f['group/density'] = np.ones((8, 12), 'f4')
        f['density'] = h5py.SoftLink('/group/density')
        f['density'].attrs['units'] = '1'
    files.update({name: read(work, name) for name in ('chunked.h5', 'linked.h5')})
    files['good.h5'] = files['plain.h5']
    return {'flows': bases, 'meanings': meanings, 'own': own, 'files': files, 'out': out}


class Case:
    """One case, from its number alone."""

    def __init__(self, kind, number, setting):
        self.kind, self.number, self.random, self.setting = kind, number, random.Random(f'{kind} {number}'), setting
        self.files, self.placed, self.ranks = {}, {}, 2 if number % 16 == 0 else 1
        self.begin(self.random.choice(list(FLOWS) if self.random.random() < 0.7 else list(setting['flows'])))
        getattr(self, kind)()
        self.touched = {n for n in {*self.options, *self.base} if self.options.get(n) != self.base.get(n)}

    def begin(self, flow):
        self.flow, self.base = flow, {**self.setting['flows'][flow], **WRITING}
        self.options, self.meaning = dict(self.base), self.setting['meanings']['-species' in self.base]

    def save(self, folder):
        """All of it, for --case or to be kept."""
        os.makedirs(folder, exist_ok=True)
        files = {name: base64.b64encode(data).decode() for name, data in {**self.setting['files'], **self.files}.items() if name in self.files or
                 any(name in str(v) for v in self.options.values())}
        with open(os.path.join(folder, f'{self.kind}-{self.number}.json'), 'w') as file:
            json.dump({'kind': self.kind, 'ranks': self.ranks, 'options': self.options, 'links': self.placed, 'files': files}, file, indent=1)
        return file.name

    @classmethod
    def load(cls, path, setting):
        case = cls.__new__(cls)
        with open(path) as file:
            kept = json.load(file)
        case.kind, case.ranks, case.options, case.setting, case.touched = kept['kind'], kept['ranks'], kept['options'], setting, set()
        case.placed = kept.get('links', {})
        case.number, case.files = os.path.basename(path), {name: base64.b64decode(data) for name, data in kept['files'].items()}
        return case

    # values

    def value(self, name):
        r = self.random
        return r.choice([lambda: r.choice(NUMBERS), lambda: r.choice(WORDS), self.text, lambda: str(r.uniform(-2, 20)), lambda: str(r.randint(-3, 40)),
                         lambda: self.described(name)])()

    def described(self, name):
        """What the meaning of an option speaks of: one of its types, something like its default."""
        r, text = self.random, self.meaning.get(name, '')
        default = re.match(r'<(\S*?)>', text)
        if default and re.fullmatch(r'-?[\d.e+-]*\d\.?', default.group(1)):
            near = float(default.group(1)) * r.choice([0.01, 0.5, 1, 1, 3, 100])
            return str(round(near) if math.isfinite(near) and '.' not in default.group(1) else near)
        if default and default.group(1) in ('true', 'false'):
            return r.choice(['0', '1'])
        return ','.join(r.choice(re.findall(r'[a-z]\w+', text) or ['a']) for _ in range(r.choice([1, 1, 1, 2])))

    def text(self):
        return ''.join(self.random.choice(TOKENS) for _ in range(self.random.choice([1, 2, 3, 5, 9, 30])))

    def formula(self, depth, names):
        """What muParser understands, finite or not."""
        r = self.random
        if depth == 0:
            return r.choice([*names, 'pi', '0.5', '2', '1e3', '1e-9', str(round(r.uniform(0, 9), 2))])
        a, b, c = (self.formula(r.randrange(depth), names) for _ in range(3))
        return r.choice([f'({a}{r.choice("+-*/^")}{b})', f'{r.choice(["sin", "exp", "log", "sqrt", "abs", "atan", "rint", "sign"])}({a})', f'({a}<{b}?{c}:{a})',
                         f'{r.choice(["min", "max", "sum"])}({a},{b},{c})', f'({a}>={b} && {b}!={c})', f'({a})^2'])

    def rising(self):
        """A function of rho that does not decrease, with what else there is."""
        r = self.random
        return r.choice(['log(rho)', 'log(rho/(1-rho))', f'{r.uniform(0, 3)}*rho^{r.choice([0.5, 1, 2, 7])}', 'rho>1?rho-1:0', 'exp(rho)', '0-1/rho', 'atan(rho)',
                         'log(rho/(3-rho))', 'rint(rho)']) + r.choice(['', '+' + self.formula(2, ['x', 'y', 'r'])])

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

    # options

    def speaking_of(self, *texts):
        """The names of options whose meaning has one of these in it; one of them."""
        return self.random.choice(self.speaking_of_all(*texts))

    def speaking_of_all(self, *texts):
        return [n for n, text in self.meaning.items() if any(t in text for t in texts)]

    def activate(self, name):
        """Adds the term of the energy that an option is of, and the reaction that it is of."""
        types = re.search('types: (.*?) *\\(', self.meaning['-energy_terms']).group(1).replace(', ', '|')
        found = re.match(rf'(-(?:\w+_)?(energy|reaction)_)(?:{types})(?=_|$)', name)
        if not found:
            return
        terms, term = found.group(1) + 'terms', found.group(0)[len(found.group(1)):]
        if term not in self.options.get(terms, '').split(','):
            self.options[terms] = ','.join([t for t in [self.options.get(terms)] if t] + [term])
        if found.group(2) == 'reaction':
            self.options.setdefault('-jko_metric', 'wfr')
        for needed in (found.group(0), found.group(0) + '_target'):  # what the term is not complete without
            if 'expression' in self.meaning.get(needed, '') and needed + '_file' not in self.options:
                self.options.setdefault(needed, 'rho' if 'rho, x' in self.meaning[needed] else '1+x^2')

    def put(self, name, value):
        if self.random.random() < 0.7:
            self.activate(name)
        self.options.pop(name + '_file' if name + '_file' in self.meaning else name.removesuffix('_file'), None)
        self.options[name] = value

    def grid_stays_small(self):
        """A large grid is no nonsense, it only takes long; so do many steps."""
        sizes = re.findall(r'\d+', self.options.get('-grid_n', ''))
        if any(len(s) > 2 for s in sizes) and len(sizes) <= 3:
            self.options['-grid_n'] = '12,8'
        self.options.setdefault('-jko_max_steps', '2')
        if re.fullmatch(r'\d+', self.options['-jko_max_steps']):
            self.options['-jko_max_steps'] = str(int(self.options['-jko_max_steps']) % 4)

    def arguments(self):
        r = self.random
        for _ in range(r.choice([1, 1, 2, 3])):
            change, name = r.random(), r.choice(list(self.meaning))
            if change < 0.6:
                self.put(name, self.value(name))
            elif change < 0.75:
                name = r.choice(list(self.base))
                self.options[name] = self.value(name)
            elif change < 0.85:
                self.options.pop(r.choice(list(self.options)), None)
            else:
                place = r.randrange(1, len(name))
                self.options[name[:place] + r.choice(['', 'x', '_', '-', '%n', '\u00e9']) + name[place + 1:]] = self.value(name)
        self.grid_stays_small()

    def settings(self):
        """Several of the project's own options, each with what might be a value of it."""
        names = [n for n in sorted(self.setting['own'] & self.meaning.keys()) if ('-species' in self.base) == bool(re.match('-[ab]_', n)) or not re.match(
            '-density|-monitor|-transport|-[ab]_', n)]
        for name in self.random.choices(names, k=self.random.choice([1, 2, 3])):
            text = self.meaning[name]
            self.activate(name)
            if 'expression' in text and self.random.random() < 0.7:
                self.put(name, self.rising() if 'rho, x' in text else self.formula(1, ['x', 'y', 'r']))
            else:
                self.put(name, self.described(name))
        self.grid_stays_small()

    def expressions(self):
        name = self.speaking_of('expression')
        rho = 'rho, x' in self.meaning[name]
        text = self.rising() if rho and self.random.random() < 0.4 else self.formula(4, ['x', 'y', 'z', 'r'] + ['rho'] * rho) if self.random.random() < 0.6 else self.text()
        if self.random.random() < 0.1:
            text = self.random.choice(LONG)(self.random)
        elif self.random.random() < 0.2:
            place = self.random.randrange(len(text))
            text = text[:place] + self.random.choice(TOKENS) + text[place + self.random.randrange(2):]
        self.put(name, text)

    def options_file(self):
        lines = '\n'.join(f'{k} {v}' for k, v in self.base.items()) + '\n# words\n'
        self.files['fuzz.opts'] = self.spoil(lines.encode())
        self.options = {'-options_file': 'fuzz.opts'}

    def options_files(self):
        self.files.update(foreign.options(self.random, [f"{k} '{v}'".encode() for k, v in self.base.items()]))
        self.options = {'-options_file': 'fuzz.opts', '-jko_max_steps': '2', **({'-output': 'out'} if self.random.random() < 0.5 else {})}

    def sizes(self):
        """Numbers whose products, or bytes, are beyond what there is."""
        r = self.random
        name = r.choice(['-grid_n', '-grid_n', '-output_interpolate', '-checkpoint_keep', '-jko_max_steps', '-output_interval', *self.speaking_of_all('Iterations', 'steps', 'Cells', 'Levels')])
        self.options[name] = r.choice(['2147483647', '2147483646']) if name != '-grid_n' else r.choice(
            ['2147483647,2147483647', '3000000,3000000,3', '2000000,2000000,2000000', '1,1,2147483647', '4294967297,8', '0,8', '12,-8', '12,8,1,1', '1,1,1'])
        if name == '-jko_max_steps':
            self.options['-jko_max_time'] = '2e-2'
        if name == '-output_interpolate':
            self.options['-jko_max_steps'] = '1'

    # files

    def fields(self):
        """A density, a potential, walls, a coefficient, a target from a file."""
        r = self.random
        source = r.choice([self.flow if self.flow in FLOWS else 'plain', 'plain', 'species', 'walls', 'chunked', 'linked'])
        self.files['fuzz.h5'] = self.spoil(self.setting['files'][source + '.h5'])
        name = self.speaking_of('FILE[:dataset]', 'F.h5[:dataset]', '|FILE')
        self.put(name, 'fuzz.h5' + r.choice(['', ':density', ':density_a', ':wall', ':x']))

    def metadata(self):
        """A field as another program writes it: attributes, coordinates, records, types, storage, links."""
        r = self.random
        self.files['fuzz.h5'], dataset = foreign.field(r)
        self.placed['fifo'] = ['fifo', '']
        if r.random() < 0.1:
            self.files['fuzz.h5'] = self.spoil(self.files['fuzz.h5'])
        suffix = r.choice(['', f':{dataset}', f':{dataset}', f':{dataset}:0', f':{dataset}:1', f':{dataset}:time=1', f':{dataset}:-1', f':{dataset}:99999999999', ':1', ':time=2', f':{dataset}:x=0'])
        if r.random() < 0.3:
            self.options = {'-inspect': 'fuzz.h5' + r.choice(['', suffix])}
            return
        self.begin(r.choice(['plain', 'plain', 'walls', 'species']))
        name = self.speaking_of('FILE[:dataset]', 'F.h5[:dataset]', '|FILE')
        self.put(name, 'fuzz.h5' + suffix)
        flag = name.removesuffix('_file') + '_interpolate'
        if flag in self.meaning and r.random() < 0.4:
            self.options[flag] = r.choice(['', '1', '0', 'conservative', 'x'])

    def attributes(self):
        """A checkpoint with what no run writes, sealed."""
        data = self.go_on()
        body = foreign.checkpoint(self.random, data[:data.rindex(b'\njko seal')])
        self.files['fuzz.h5'] = body + seal(body, 2)
        if self.random.random() < 0.2:
            self.options = {'-inspect': 'fuzz.h5'}

    def history(self):
        self.go_on()
        out = dict(self.setting['out'][self.flow])
        out['history.csv'] = foreign.history(self.random, out['history.csv'])
        self.files.update({'out/' + name: data for name, data in out.items()})
        self.options.update({'-restart': 'auto', '-jko_max_steps': '4'})

    def links(self):
        """Links, pipes and devices in the place of files and folders."""
        r = self.random
        self.files['victim'] = VICTIM
        kinds = [['symlink', '../victim'], ['symlink', '../missing'], ['hardlink', 'victim'], ['fifo', ''], ['folder', ''], ['symlink', '../fifo'], ['symlink', '.'],
                 *(['symlink', d] for d in DEVICES)]
        self.placed['fifo'] = ['fifo', '']
        if r.random() < 0.4:  # what is given
            self.go_on()
            self.placed['fuzz.h5'] = r.choice([k if k[1][:3] != '../' else ['symlink', k[1][3:]] for k in kinds] + [['symlink', 'fuzz.h5'], ['symlink', 'good.h5']])
            option = r.choice(['-restart', '-inspect', '-options_file', '-density_file', '-energy_potential_file', '-output'])
            self.options = {**({} if option == '-inspect' else self.base if option != '-restart' else self.options), option: 'fuzz.h5'}
            self.options.pop(option.removesuffix('_file') if option.endswith('_file') and option != '-options_file' else '', None)
            return
        if r.random() < 0.5:  # a flow that goes on
            self.go_on()
            self.files.update({'out/' + n: data for n, data in self.setting['out'][self.flow].items()})
            self.options.update({'-restart': 'auto', '-jko_max_steps': '4'})
        for _ in range(r.choice([1, 1, 2])):
            name = r.choice(RESULTS) + r.choice(['', '', '.part'])
            self.files.pop('out/' + name, None)
            self.placed['out/' + name] = r.choice([*kinds, ['symlink', name]])
        self.options['-output_interpolate'] = r.choice(['0', '1'])

    def go_on(self):
        self.begin(self.random.choice(list(FLOWS)))
        self.options['-restart'] = 'fuzz.h5'
        return self.setting['files'][self.flow + '-check.h5']

    def checkpoint(self):
        self.files['fuzz.h5'] = self.spoil(self.go_on())

    def sealed_checkpoint(self):
        """Changed below its seal, which is made to fit: what reads the file must hold by itself."""
        data = self.go_on()
        body = self.spoil(data[:data.rindex(b'\njko seal')])
        self.files['fuzz.h5'] = body + seal(body, 2)

    def inspect(self):
        body = self.spoil(self.setting['files'][self.random.choice(list(self.setting['files']))])
        self.files['fuzz.h5'] = body + (seal(body, 2) if self.random.random() < 0.3 else b'')
        self.options = {'-inspect': 'fuzz.h5'}

    def folder(self):
        """What a flow left, spoiled, and gone on with."""
        self.go_on()
        for name, data in self.setting['out'][self.flow].items():
            self.files['out/' + name] = self.spoil(data) if self.random.random() < 0.4 else data
        for name in ('checkpoint-999999.h5.part', 'checkpoint-.h5', 'checkpoint-00000x.h5', 'checkpoint-99999999999999999999.h5', 'density-1.h5', 'film-1.h5'):
            if self.random.random() < 0.3:
                self.files['out/' + name] = self.spoil(self.setting['files'][self.flow + '-check.h5'])
        self.options.update({'-restart': 'auto', '-jko_max_steps': '4'})

    # the program

    def command(self):
        given = words(self.options)
        return flows.command(1 if ':' in given else self.ranks, given)  # the launcher takes the colon for itself

    def run(self, folder):
        """What the case ended with; raises Wrong."""
        self.place(folder)
        try:
            done = subprocess.run([w.encode('utf-8', 'surrogateescape') for w in self.command()], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise flows.Wrong(f'no end within {SECONDS} s') from None
        said = flows.without_banner(done.stderr.decode(errors='replace'))
        flows.expect(done.returncode in (0, 2, 3, 4), f'status {done.returncode}\n{said[:3000]}')
        if done.returncode:
            lines = [l for l in said.rstrip('\n').split('\n') if 'trying the one before' not in l and not l.startswith('jko: warning: ')]
            flows.expect(len(lines) == 1 and lines[0].startswith('jko: error: '), f'status {done.returncode} and not one line:\n{said[:3000]}')
        self.look(folder, done.returncode)
        return done.returncode

    def place(self, folder):
        """What is there before the start: files, then links, pipes and folders in the place of some."""
        given = {**self.setting['files'], **self.files}
        os.makedirs(os.path.join(folder, 'out') if any(n.startswith('out/') for n in [*self.files, *self.placed]) else folder)
        for name, data in given.items():
            if name not in self.placed:
                with open(os.path.join(folder, name), 'wb') as file:
                    file.write(data)
        for name, (kind, target) in self.placed.items():
            path = os.path.join(folder, name)
            if kind == 'symlink':
                os.symlink(target, path)
            elif kind == 'hardlink':
                os.link(os.path.join(folder, target), path)
            elif kind == 'fifo':
                os.mkfifo(path)
            else:
                os.mkdir(path)

    def look(self, folder, status):
        """Nothing of someone else is changed, nothing unfinished is left, and what has the name of a result is one."""
        for name, data in {**self.setting['files'], **self.files}.items():
            if not name.startswith('out/') and name not in self.placed and not any('view' in o for o in self.options):
                flows.expect(read(folder, name) == data, f'{name} was changed')
        flows.expect(not os.path.exists(os.path.join(folder, 'missing')), 'a file was made beside the folder of the output')
        out = os.path.join(folder, 'out')
        given = {n[4:] for n in [*self.files, *self.placed] if n.startswith('out/')}
        if self.kind == 'history' and status == 0:
            with open(os.path.join(out, 'history.csv'), errors='replace') as file:
                steps = [line.split(',')[0] for line in file][1:]
            flows.expect(steps == [str(n) for n in range(len(steps))] and len(steps) == 5, f'history.csv holds the steps {steps}')
        for name in os.listdir(out) if os.path.isdir(out) else ():
            flows.expect(not name.endswith(('.part', '.lock')) or 'out/' + name in self.placed or (status and name in given), f'{name} is left')
            if name.endswith('.h5') and name not in given:
                flows.expect(is_result(os.path.join(out, name)), f'{name} is not sound')
