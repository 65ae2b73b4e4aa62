#!/usr/bin/env python3
"""Feeds the program with nonsense: options, options files, expressions, and the bytes of density files, checkpoints and output folders, sealed
anew or not, of flows of every kind; with fields and checkpoints of other programs and conventions (foreign.py), edited histories, sizes beyond all
bounds; and with links, pipes and devices in the place of files. Every case must end with 0, 2, 3 or 4 and, unless with 0, with one line; in time;
and leave nothing that passes for a result and is none, and no other file changed.

    tests/cluster/fuzz.py [--cases 2000] [--seconds 600] [--seed 1] [--jobs 4] [--kind KIND]

A case is given by its kind and its number; `--case KIND:NUMBER` repeats one. What goes wrong is written to fuzz/KIND-NUMBER.json beside the
program, complete with its files; `--case FILE` repeats that. Those that are kept in fuzz-cases/ beside this file come first. Meant for a build
with sanitizers (make fuzz), which turn what goes wrong inside into an end that is not allowed.
"""
import argparse, collections, concurrent.futures, functools, glob, os, random, shlex, shutil, sys, tempfile, time
import flows
from cases import KINDS, Case, make_setting

KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fuzz-cases')
WRONG = os.path.join(os.path.dirname(flows.PROGRAM), 'fuzz')


def attempt(case, work):
    """What the case ended with, or what is wrong with it."""
    folder = os.path.join(work, f'{case.kind}-{case.number}')
    try:
        return case, case.run(folder), None
    except flows.Wrong as wrong:
        return case, 'wrong', f'{wrong}\n  {case.save(WRONG)}: {shlex.join(case.command())}'
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
    parser.add_argument('--jobs', type=int, default=4)  # a start of the program is mostly waiting
    parser.add_argument('--kind', choices=KINDS)
    parser.add_argument('--case')
    own = parser.parse_args()
    table, touched, wrong, start = collections.defaultdict(collections.Counter), set(), 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix='fuzz-') as work, concurrent.futures.ThreadPoolExecutor(own.jobs) as pool:
        setting = make_setting(work)
        def timely(make):
            return attempt(make(), work) if own.case or time.monotonic() - start < own.seconds else None
        for done in pool.map(timely, choose(own, setting)):
            case, end, trouble = done or (None, None, None)
            if case:
                table[case.kind][end] += 1
                touched |= case.touched & setting['own']
            if trouble:
                wrong += 1
                print(f'WRONG: {case.kind}:{case.number}: {trouble}', flush=True)
    print(f"{'kind':20s}" + ''.join(f'{c:>8}' for c in ('cases', 0, 2, 3, 4, 'wrong')))
    for kind, ends in table.items():
        print(f'{kind:20s}' + ''.join(f'{n:8d}' for n in [ends.total()] + [ends[c] for c in (0, 2, 3, 4, 'wrong')]))
    print(f"options changed: {len(touched)} of the {len(setting['own'])} of docs/options.md and their likes for species")
    print(f'fuzz: {sum(e.total() for e in table.values())} cases in {time.monotonic() - start:.0f} s, {wrong} went wrong')
    sys.exit(wrong > 0)


if __name__ == '__main__':
    main()
