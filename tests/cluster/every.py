#!/usr/bin/env python3
"""From every step, the first included, a flow goes on as the one that was not interrupted, to the last bit; so does one that is interrupted
after every step, a restart of a restart; on other numbers of ranks it ends within 1e-12. Any problem, by its options:

    tests/cluster/every.py [--steps 6] [--ranks 2] [--others 1,3] -options_file FILE [OPTION ...]
"""
import argparse, os, shutil, sys, tempfile
import flows


def whole(options, ranks, steps, folder):
    flows.run(ranks, options + ['-output', folder, '-output_interval', 1, '-checkpoint_interval', 1, '-checkpoint_keep', 99999,
                                '-jko_max_steps', steps])
    last = flows.steps(folder, 'checkpoint')[-1]
    flows.expect(flows.steps(folder, 'checkpoint') == list(range(last + 1)), f'{folder} has not a checkpoint of every step')
    return last


def go_on(options, ranks, folder, first, last):
    """Goes on from the newest checkpoint of the folder, which must be that of step `first`, to step `last`."""
    out = flows.run(ranks, options + ['-output', folder, '-output_interval', 1, '-checkpoint_interval', 1, '-checkpoint_keep', 99999,
                                      '-jko_max_steps', last, '-restart', 'auto'])
    flows.expect(flows.restarted(out) == first, f'went on from step {flows.restarted(out)}, not {first}')


def part(source, folder, first):
    """A copy of the whole with all it has left, but no checkpoint other than that of step `first`."""
    shutil.copytree(source, folder)
    for step in flows.steps(folder, 'checkpoint'):
        if step != first:
            os.remove(flows.path(folder, 'checkpoint', step))


def check(options, ranks, others, steps, work):
    source = os.path.join(work, 'whole')
    last = whole(options, ranks, steps, source)
    for first in range(last):
        folder = os.path.join(work, f'from-{first}')
        part(source, folder, first)
        go_on(options, ranks, folder, first, last)
        flows.compare(source, folder, True)
        flows.expect(flows.same(flows.path(source, 'checkpoint', last), flows.path(folder, 'checkpoint', last)),
                     f'from step {first}: the last checkpoint differs')
        shutil.rmtree(folder)
    chain = os.path.join(work, 'chain')
    part(source, chain, 0)
    for first in range(last):
        go_on(options, ranks, chain, first, first + 1)
    flows.compare(source, chain, True)
    exact = True
    for other in others:
        folder = os.path.join(work, f'on-{other}')
        part(source, folder, last // 2)
        go_on(options, other, folder, last // 2, last)
        flows.compare(source, folder, False)
        exact = exact and flows.same_bytes(flows.path(source, 'density', last), flows.path(folder, 'density', last))
    return last, exact


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(':')[0])
    parser.add_argument('--steps', type=int, default=6)
    parser.add_argument('--ranks', type=int, default=2)
    parser.add_argument('--others', default='1,3')
    own, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as work:
        try:
            last, exact = check(options, own.ranks, [int(n) for n in own.others.split(',')], own.steps, work)
        except flows.Wrong as wrong:
            sys.exit(f'every.py: {wrong}')
    print(f'{last} restarts and a chain of {last} to the same bits on {own.ranks} ranks; on {own.others}:',
          'the same bits' if exact else 'within 1e-12')


if __name__ == '__main__':
    main()
