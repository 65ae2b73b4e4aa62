#!/usr/bin/env bash
# Files of strangers: only files are opened, nothing is read from outside of them, and what they claim costs nothing.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow="-grid_n 6,5 -energy_terms entropy -jko_dt 1e-4 -jko_max_steps 1 -jko_monitor 0"

"$PYTHON" - << 'END'
import h5py, numpy as np
rho = 1 + np.random.default_rng(1).random((5, 6))
with h5py.File('plain.h5', 'w') as f: f['density'] = rho
open('outside.bin', 'wb').write(rho.tobytes())
with h5py.File('storage.h5', 'w') as f: f.create_dataset('density', (5, 6), 'f8', external=[('outside.bin', 0, h5py.h5f.UNLIMITED)])
with h5py.File('link.h5', 'w') as f: f['density'] = h5py.ExternalLink('plain.h5', '/density')
with h5py.File('soft.h5', 'w') as f: f['away'] = h5py.ExternalLink('plain.h5', '/'); f['density'] = h5py.SoftLink('/away/density')
with h5py.File('group.h5', 'w') as f: f['rho'] = rho; f['a/b'] = h5py.ExternalLink('pipe', '/density')
with h5py.File('inside.h5', 'w') as f: f['a/rho'] = rho; f['density'] = h5py.SoftLink('/a/rho'); f['nowhere'] = h5py.SoftLink('/none')
layout = h5py.VirtualLayout((5, 6), 'f8')
layout[...] = h5py.VirtualSource('plain.h5', 'density', (5, 6))
with h5py.File('virtual.h5', 'w') as f: f.create_virtual_dataset('density', layout)
with h5py.File('escape.h5', 'w') as f:
    f['density'] = rho; f['density'].attrs['units'] = 'kg\x1b[2J\x9bm'.encode('latin1'); f['\x1b]0;name\x07'] = rho
    f.attrs['title'] = np.bytes_(b'\x1b[31mred \xc3\xa9 \xc2\x9b 31m'); f.attrs['\x1b[7mname'] = 1.
for name, shape, more in ('huge', (1, 2**31, 2**30), {}), ('wide', (1, 2**27), {}), ('beyond', (2**20, 2**20, 2**20), dict(chunks=(1, 1, 1024))), ('bomb', (2**24, ), dict(chunks=(2**24, ), compression='gzip')):
    with h5py.File(name + '.h5', 'w') as f:
        a = f.create_dataset('density', shape, 'f4', **more)
        if name == 'beyond': a[0, 0, 0] = 1
        if name == 'bomb': a[...] = 0
END
mkfifo pipe checkpoint.h5
mkdir folder

refused() { # refused STATUS TEXT COMMAND...: one line on stderr with the text, nothing of a terminal in it, in little memory
  local status=$1 text=$2
  shift 2
  (ulimit -v "${memory:-unlimited}" && "$@") > out 2> err
  [ $? = "$status" ] && [ "$(wc -l < err)" = 1 ] && grep -qF -- "$text" err && ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' out err || { head -n 5 err && return 1; }
}
everywhere() { # everywhere TEXT FILE: refused as a density on 1 and 3 ranks, by -inspect, and as a checkpoint
  local ranks
  for ranks in 1 3; do refused 4 "'$2' $1" jko $ranks $flow -density_file "$2" || return 1; done
  refused 4 "'$2' $1" jko 1 -inspect "$2" && refused 4 "-restart: '$2' $1" jko 1 $flow -density 1 -restart "$2"
}
claim "a pipe is refused at once" everywhere "is not a file but a pipe" pipe
claim "so is a device" everywhere "is not a file but a device" /dev/full
claim "and a folder" everywhere "is not a file but a folder" folder
claim "and what is not there" everywhere "is not there" nothing.h5
claim "external storage is refused by name" everywhere "has the values of dataset 'density' in another file" storage.h5
claim "so is an external link" everywhere "holds the link 'density' to another file" link.h5
claim "and a soft link through one" everywhere "holds the link 'away' to another file" soft.h5
claim "and one in a group, to a pipe, beside a sound dataset" everywhere "holds the link 'a/b' to another file" group.h5
claim "and a virtual dataset" everywhere "has the values of dataset 'density' in another file" virtual.h5
claim "a soft link within the file is followed" jko 2 $flow -density_file inside.h5
inspected() { # inspected TEXT FILE
  (ulimit -v 600000 && timeout 20 "$program" -inspect "$2") > out 2> err
  grep -qF -- "$1" out && ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' out err || { cat out err && return 1; }
}
claim "escape sequences are made visible" inspected '\x1b[31mred é \xc2\x9b 31m' escape.h5
claim "also in names" inspected '\x1b]0;name\x07: 5 x 6' escape.h5
claim "and in units" inspected 'units: kg\x1b[2J\x9bm' escape.h5
for file in huge wide beyond bomb; do
  claim "what $file.h5 claims to hold takes no memory" inspected "density: " $file.h5
  claim "nor as a density" refused 4 "values in dataset 'density', the grid has" jko 1 $flow -density_file $file.h5
done
finish
