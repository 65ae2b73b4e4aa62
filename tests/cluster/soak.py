#!/usr/bin/env python3
"""Kills flows at random moments and goes on with them, over and over, on a number of ranks that stays or changes; what is left in the end
is held to the flow that was not disturbed. Before a restart, checkpoints are damaged and litter is left in the folder. Then the memory of a
flow of many steps is measured.

    tests/cluster/soak.py [--seconds 600] [--cycles 0: no limit] [--seed 1] [--jobs 2] [--memory 10000 steps, 0: not]

A chain is one flow from its beginning to its end; a cycle is one start of the program. A promise that is not kept is told with the seed of
its chain; `--chain SEED` repeats that chain alone.
"""
import argparse, collections, concurrent.futures, itertools, os, random, re, resource, shutil, signal, subprocess, sys, tempfile, threading, time
import flows

BLOB = ['-density', 'exp(-20*((x-.5)^2+(y-.4)^2))']
LUMP = ['-density', 'exp(-20*(x-.5)^2)']
WELL = ['-energy_terms', 'entropy,potential', '-energy_entropy_coefficient', 0.5, '-energy_potential', '3*(x-.6)^2']
PROBLEMS = {
    'film': [*BLOB, '-grid_n', '64,48', '-energy_terms', 'power,potential', '-energy_potential', '0.1*x', '-jko_dt', 2e-4, '-jko_max_steps', 300,
             '-monitor_target', 1, '-output_times', '0.0123,0.0456', '-output_interpolate', 1],
    'adaptive': [*LUMP, '-grid_n', '96', *WELL, '-jko_type', 'extrapolated', '-jko_adapt', 'basic', '-jko_adapt_tol', 1e-4, '-jko_dt', 1e-3,
                 '-jko_max_time', 0.5],
    'reversible': [*BLOB, '-grid_n', '64,48', *WELL, '-jko_type', 'reversible', '-jko_dt', 1e-3, '-jko_max_steps', 300, '-monitor_target', 'gibbs'],
    '3-D': [*BLOB, '-grid_n', '20,16,12', '-energy_terms', 'entropy,power', '-jko_dt', 1e-3, '-jko_max_steps', 200],
    'elliptic': [*LUMP, '-grid_n', '200', '-energy_terms', 'power', '-energy_power_exponent', 3, '-jko_dt', 1e-3, '-jko_max_steps', 250,
                 '-sinkhorn_snes_type', 'elliptic'],
    'walls': [*BLOB, '-grid_n', '48,36', '-grid_obstacle', 'x>.6&&x<.65&&(y<.4||y>.6)', *WELL, '-jko_dt', 1e-3, '-jko_max_steps', 250],
    'species': ['-grid_n', '32,24', '-grid_upper', 2, '-species', 'a,b', '-a_density', 'x>1&&x<1.8', '-b_density', 'x>.2&&x<1.2', '-b_density_mass', 0.7,
                '-energy_terms', 'congestion', '-energy_congestion_max', 2, '-a_energy_terms', 'potential,w:interaction', '-a_energy_potential', 'x',
                '-a_energy_w', 'exp(-4*r^2)', '-a_energy_w_coefficient', 0.1, '-a_energy_w_with', 'b', '-b_energy_terms', 'potential,entropy',
                '-b_energy_potential', '0-x', '-b_energy_entropy_coefficient', 0.02, '-jko_dt', 0.02, '-jko_max_steps', 200],
    'growth': [*BLOB, '-grid_n', '48,36', '-density_mass', 0.3, '-energy_terms', 'entropy,internal', '-energy_internal', 'rho^2', '-jko_metric', 'wfr',
               '-reaction_terms', 'crowd:power,growth:potential', '-reaction_growth', '0-2', '-jko_splitting', 'strang', '-jko_type', 'extrapolated', '-jko_dt', 3e-3,
               '-jko_max_steps', 200],
}
EVERY = ['-checkpoint_interval', 4, '-checkpoint_keep', 3, '-output_interval', 20]
# what may end a start of the program, and how often it is chosen
ENDS = {'kill all': 6, 'kill a rank': 2, 'stop, then kill': 1, 'SIGTERM': 3, 'SIGINT': 1, 'SIGXCPU': 1, 'SIGUSR1, then kill': 2, 'SIGUSR2, then kill': 1,
        'second run': 1, 'full disk': 2, 'walltime': 1, 'none': 1}
DAMAGES = ['bit', 'cut', 'empty', 'text', 'old name']


def ranks_below(pid):
    """The processes of the program below a launcher, or the process itself."""
    parent, name = {}, {}
    for p in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{p}/stat', errors='replace') as file:
                head, tail = file.read().rsplit(')', 1)
        except OSError:
            continue
        parent[int(p)], name[int(p)] = int(tail.split()[1]), head.split('(', 1)[1]
    def below(p):
        return [p] if name.get(p) == 'jko' else [r for c in parent if parent[c] == p for r in below(c)]
    return below(pid)


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class Chain:
    """One flow in its folder, from start to start."""

    making = threading.Lock()  # of the flows that are left alone

    def __init__(self, seed, work, wholes, counts):
        self.random = random.Random(seed)
        self.problem = self.random.choice(list(PROBLEMS))
        self.constant = self.random.choice([1, 1, 2, 2, 3, 0])  # ranks; 0: any number at each start
        self.options = PROBLEMS[self.problem] + EVERY
        counts['flows: ' + self.problem] += 1
        self.folder, self.work, self.wholes, self.counts = os.path.join(work, f'chain-{seed}'), work, wholes, counts
        self.said_in = [os.path.join(work, f'{n}-{seed}') for n in ('out', 'err')]
        self.foreign = os.path.join(work, f'foreign-{seed}')
        self.good = {}      # checkpoints that are known to be sound: step by name
        self.sure = -1      # the newest step that a restart must reach
        self.looked_at = {}
        self.whole = self.get_whole(self.constant or 2)

    def get_whole(self, ranks):
        with self.making:
            if (self.problem, ranks) not in self.wholes:
                folder = os.path.join(self.work, f'whole-{self.problem}-{ranks}')
                start = time.monotonic()
                flows.run(ranks, self.options + ['-output', folder])
                self.wholes[self.problem, ranks] = folder, time.monotonic() - start
            return self.wholes[self.problem, ranks]

    def count(self, what):
        self.counts[what] += 1

    # before a start

    def damage(self):
        """Spoils the newest checkpoint where there is one before it."""
        if len(self.good) < 2 or self.random.random() > 0.3:
            return
        how, name = self.random.choice(DAMAGES), max(self.good, key=self.good.get)
        file = os.path.join(self.folder, name)
        with open(file, 'rb') as f:
            data = bytearray(f.read())
        if how == 'bit':
            data[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
        elif how == 'cut':
            del data[self.random.randrange(len(data)):]
        elif how == 'empty':
            data.clear()
        elif how == 'text':
            data = bytearray(b'not a checkpoint\n')
        else:  # an older one under its name: sound, and of its own step
            with open(os.path.join(self.folder, min(self.good, key=self.good.get)), 'rb') as f:
                data = bytearray(f.read())
        with open(file, 'wb') as f:
            f.write(data)
        del self.good[name]
        self.sure = max(self.good.values())
        self.count(f'checkpoint damaged: {how}')

    def litter(self):
        """Leaves what a writer that was killed might have left, a lock without an owner, and a link to what is someone else's."""
        if not self.good or self.random.random() > 0.3:
            return
        shutil.copy(os.path.join(self.folder, max(self.good, key=self.good.get)), os.path.join(self.folder, 'checkpoint-999999.h5.part'))
        for name, text in (('history.csv.part', 'step,time\n1,2\n'), ('flow.xdmf.part', '<'), ('run.lock', 'process 1 on elsewhere\n')):
            with open(os.path.join(self.folder, name), 'w') as f:
                f.write(text)
        with open(self.foreign, 'w') as f:
            f.write('of someone else\n')
        link = os.path.join(self.folder, self.random.choice(['run.log.json.part', f'checkpoint-{self.sure + 1:06d}.h5.part', 'density-000020.h5.part']))
        if not os.path.lexists(link):
            self.random.choice([os.symlink, os.link])(self.foreign, link)
        self.count('litter left')

    # a start

    def begin(self, ranks, extra):
        command = flows.command(ranks, self.options + ['-output', self.folder, '-restart', 'auto'] + extra)
        self.out, self.err = (open(n, 'w+', errors='replace') for n in self.said_in)
        patience = {name + '_MCA_odls_base_sigkill_timeout': '10' for name in ('OMPI', 'PRTE')}  # for ranks to write when the launcher is told to end
        return subprocess.Popen(command, stdout=self.out, stderr=self.err, start_new_session=True, env=os.environ | patience)

    def disturb(self, process, end):
        """Waits for a random moment and does what is to be done; the signal that the program may say it was stopped by."""
        wait = self.random.choice([self.random.uniform(0, 0.4), self.random.uniform(0.2, 0.4 + 0.7 * self.whole[1])])
        try:
            process.wait(wait)
            return
        except subprocess.TimeoutExpired:
            pass
        if end in ('SIGTERM', 'SIGINT', 'SIGXCPU', 'kill a rank'):  # a launcher may wait for ever for a rank that dies while it is still being started
            while process.poll() is None and not self.listening():
                time.sleep(0.02)
        ranks = ranks_below(process.pid)
        one = [self.random.choice(ranks)] if ranks else []
        if end == 'second run':
            self.second_run()
        elif end.startswith('SIGUSR'):
            if self.listening():
                send(one, getattr(signal, end[:7]))
                time.sleep(self.random.uniform(0, 0.3))
        elif end == 'full disk':
            self.fill(ranks)
        elif end == 'stop, then kill':
            send(one, signal.SIGSTOP)
            time.sleep(self.random.uniform(0, 0.3))
        if end in ('SIGTERM', 'SIGINT', 'SIGXCPU'):
            send(one, getattr(signal, end))
        elif end == 'kill a rank':
            send(one, signal.SIGKILL)
        elif end != 'full disk':
            send(ranks + [process.pid], signal.SIGKILL)

    def listening(self):
        """Whether the program is at its steps: before, a signal ends it as it ends any program."""
        with open(self.out.name, errors='replace') as file:
            return bool(re.search('^step', file.read(), re.M))

    def fill(self, ranks):
        """From now on files may not grow beyond a few blocks, as on a disk that is full, for which no file system has to be mounted."""
        most = self.random.choice([0, 4096, 20000])
        for pid in ranks if self.listening() else ():
            try:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
            except ProcessLookupError:
                pass

    def second_run(self):
        if not self.listening():
            return
        other = subprocess.run(flows.command(1, self.options + ['-output', self.folder, '-restart', 'auto']), capture_output=True, text=True, timeout=60)
        with open(self.out.name, errors='replace') as file:
            over = '100%' in file.read()
        flows.expect(over or (other.returncode == 2 and 'in use by another run' in other.stderr),
                     f'a second run in the folder: status {other.returncode}, {other.stderr}')

    def cycle(self, end):
        """One start; whether the flow came to its end."""
        self.damage()
        self.litter()
        ranks = self.constant or self.random.randint(1, 4)
        extra = ['-max_walltime', f'0:0{self.random.randint(1, 3)}'] if end == 'walltime' else []
        process = self.begin(ranks, extra)
        try:
            if end not in ('walltime', 'none'):
                self.disturb(process, end)
            status = process.wait(120)
        except subprocess.TimeoutExpired:
            raise flows.Wrong(f'no end within 120 s on {ranks} ranks after "{end}"') from None
        finally:
            send(ranks_below(process.pid) + [process.pid] if process.poll() is None else [], signal.SIGKILL)
        self.wait_for_lock()
        self.count(f'ended by: {end}')
        self.judge(status, end, ranks)
        return status == 0 and (not extra or '100%' in self.said)

    def wait_for_lock(self):
        """Until no process of this start is left: ranks outlive a launcher that was killed by a moment."""
        lock = os.path.join(self.folder, 'run.lock')
        for _ in range(200):
            try:
                with open(lock) as file:
                    owner = int(file.read().split()[1])
                os.kill(owner, 0)
                time.sleep(0.05)
            except (OSError, IndexError, ValueError):
                return

    # after it

    def judge(self, status, end, ranks):
        self.out.seek(0), self.err.seek(0)
        self.said, complaints = self.out.read(), self.err.read()
        self.out.close(), self.err.close()
        kept = os.path.isdir(self.folder)
        from_step = flows.restarted(self.said)
        if re.search('^step|^restart', self.said, re.M):
            flows.expect(from_step == self.sure, f'went on from step {from_step}, the newest that is sound is of step {self.sure}\n{complaints}')
        strange = [l for l in complaints.splitlines() if 'PETSC ERROR' in l or 'Segmentation' in l or 'MPI_ABORT' in l or 'Sanitizer' in l]
        flows.expect(not strange, f'on {ranks} ranks after "{end}":\n{complaints}')
        allowed = {'none': {0}, 'walltime': {0}, 'full disk': {0, 4}, 'SIGTERM': {0, 143, -15, 1},
                   'SIGINT': {0, 130, -2, 1}, 'SIGXCPU': {0, 152, -24, 1}}.get(end)
        flows.expect(not allowed or status in allowed, f'status {status} on {ranks} ranks after "{end}"\n{complaints}')
        if os.path.exists(self.foreign):
            with open(self.foreign) as file:
                flows.expect(file.read() == 'of someone else\n', 'a file outside of the folder was changed through a link')
        stopped = re.search(r'stopped by \S+ after step (\d+)', complaints)
        before, self.good = self.good, self.survey() if kept else {}
        newest = max(self.good.values(), default=-1)
        flows.expect(newest >= self.sure, f'the newest checkpoint is of step {newest}, it was {self.sure}; {before} became {self.good} after "{end}"')
        if stopped:
            flows.expect(newest == int(stopped.group(1)), f'stopped after step {stopped.group(1)}, the newest checkpoint is of step {newest}')
            self.count('checkpoints at a signal or the clock')
        self.sure = newest

    def survey(self):
        """The step of each checkpoint that is sound, by its name; one that has not changed since is not looked at again."""
        good = {}
        for step in flows.steps(self.folder, 'checkpoint'):
            file = flows.path(self.folder, 'checkpoint', step)
            version = file, os.stat(file).st_mtime_ns
            if version not in self.looked_at:
                self.looked_at[version] = int(flows.content(file)['@step']) if flows.sound(file) else -1
            if self.looked_at[version] >= 0:
                good[os.path.basename(file)] = self.looked_at[version]
        return good

    def go(self, cycles, over):
        """The chain to its end: disturbed for a while, then left alone."""
        done, n = False, 0
        while not done:
            calm = n >= cycles or over()
            done = self.cycle('none' if calm else self.random.choices(list(ENDS), ENDS.values())[0])
            n += 1
            self.count('cycles')
            flows.expect(not calm or done, 'left alone it did not come to its end')
        self.count('cycles on a constant number of ranks' if self.constant else 'cycles on changing numbers of ranks')
        flows.compare(self.whole[0], self.folder, bool(self.constant), 1e-12)
        shutil.rmtree(self.folder)


def resident(pid):
    with open(f'/proc/{pid}/status') as file:
        return int(re.search(r'VmRSS:\s+(\d+)', file.read()).group(1))


def memory(steps, work):
    """KiB that a flow grows by over its last four fifths, for each problem on one rank."""
    worst = 0
    for name in 'film', 'adaptive', 'elliptic', 'walls', 'species', 'growth':
        options = PROBLEMS[name] + ['-grid_n', '12,8', '-output_times', 1e-5, '-jko_max_time', 1e9, '-jko_max_steps', steps, '-jko_adapt', 'none', '-output', os.path.join(work, 'memory'), '-output_overwrite',
                                    '-output_interval', max(steps // 20, 1), '-checkpoint_interval', max(steps // 50, 1)]
        process = subprocess.Popen(flows.command(1, options), stdout=subprocess.PIPE, text=True)
        seen = []
        for line in process.stdout:
            found = re.match(r'step +(\d+)', line)
            if found and int(found.group(1)) % max(steps // 50, 1) == 0 and int(found.group(1)) < steps:
                seen.append((int(found.group(1)), resident(process.pid)))
        flows.expect(process.wait(60) == 0 and len(seen) > 20, f'{name}: ended with {process.returncode}')
        early = max(kib for step, kib in seen if step <= steps // 5)
        worst = max(worst, seen[-1][1] - early)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--seconds', type=float, default=600)
    parser.add_argument('--cycles', type=int, default=0)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--chain', type=int)
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--memory', type=int, default=10000)
    own = parser.parse_args()
    counts, wholes, start, grows = collections.Counter(), {}, time.monotonic(), False
    work = tempfile.mkdtemp(prefix='soak-')
    over = lambda: time.monotonic() - start > own.seconds or (own.cycles and counts['cycles'] >= own.cycles)
    def run(seed):
        """The flow of one seed, from start to start, unless it is time to stop; whether it kept its promises."""
        if own.chain is None and over():
            return None
        try:
            Chain(seed, work, wholes, counts).go(min(own.cycles, 12) or 12, over)
        except (flows.Wrong, OSError, subprocess.SubprocessError) as error:
            print(f'WRONG: seed {seed}: {error}', flush=True)
            return False
        return True
    try:
        if own.memory and own.chain is None:
            grown = memory(own.memory, work)
            print(f'memory: {grown:+d} KiB at most over the last four fifths of {own.memory} steps', flush=True)
            grows = grown > 256
            if grows:
                print('WRONG: memory grows')
        seeds = iter([own.chain]) if own.chain is not None else itertools.count(own.seed * 100000)
        with concurrent.futures.ThreadPoolExecutor(own.jobs) as pool:
            def worker():
                return list(itertools.takewhile(lambda kept: kept is not None, map(run, seeds)))
            kept = [k for done in [pool.submit(worker) for _ in range(own.jobs)] for k in done.result()]
    finally:
        shutil.rmtree(work)
    cycles, wrong = counts.pop('cycles', 0), kept.count(False) + grows
    for what, n in sorted(counts.items()):
        print(f'{n:6d}  {what}')
    print(f'soak: {len(kept)} flows, {cycles} cycles in {time.monotonic() - start:.0f} s,', f'{wrong} went WRONG' if wrong else 'nothing lost')
    sys.exit(wrong > 0)


if __name__ == '__main__':
    main()
