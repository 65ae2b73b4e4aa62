#!/usr/bin/env bash
# Fields of another grid: densities keep their mass, values are linear, on any number of ranks the same.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow="-energy_terms entropy -jko_dt 1e-4 -jko_max_steps 1 -jko_monitor quiet -density_mass 0"

cat > tools.py << 'END'
import h5py, numpy as np
def axis(n, lower, upper): return lower + (upper - lower) * (np.arange(n) + .5) / n
def write(name, data, **axes):
    with h5py.File(name + '.h5', 'w') as f:
        a = f.create_dataset('density', data=data)
        for d, (dim, place) in enumerate(axes.items()):
            f[dim] = place; f[dim].make_scale(dim); a.dims[d].attach_scale(f[dim])
def read(name): return h5py.File(name + '/density-000000.h5')['density'][...]
def overlap(n, a, b, m, c, d):
    """The matrix of means: from n cells of [a, b] to m cells of [c, d]."""
    s, t = np.linspace(a, b, n + 1), np.linspace(c, d, m + 1)
    return np.maximum(0, np.minimum(s[None, 1:], t[1:, None]) - np.maximum(s[None, :-1], t[:-1, None])) * m / (d - c)
END
"$PYTHON" - << 'END'
from tools import *
random = np.random.default_rng(2).random
write('two', random((10, 7)) + .1, y=axis(10, 2, 4), x=axis(7, -1, 1))
write('down', random((10, 7)) + .1, y=axis(10, 2, 4)[::-1], x=axis(7, -1, 1))
write('three', random((5, 6, 7)) + .1, z=axis(5, 0, 3), y=axis(6, 0, 2), x=axis(7, 0, 1))
write('one', random(11) + .1, x=axis(11, .25, 1.25))
write('line', 1 + 2 * axis(8, 0, 1), x=axis(8, 0, 1))
write('wide', np.ones(40), x=axis(40, -1, 3))
faces = np.linspace(0, 3, 13)
write('cubic', np.diff(faces**3) / .25, x=axis(12, 0, 3))
write('uneven', 1 + random(9), x=np.cumsum(np.r_[.5, .5 + np.arange(8) % 3 * .25]) / 10)
write('ring', random(8) + .1, x=axis(8, -.625, .375))
for n in 8, 16: write(f'bent{n}', np.sin(np.pi * axis(n, 0, 1)), x=axis(n, 0, 1))
steep = np.array([.05, 1, 3, 1, .05])
write('steep', steep, x=axis(5, 0, 1))
write('negative', np.r_[1., -.5, 1, 1], x=axis(4, 0, 1))
edge = np.array([0, .1, .5, .6, 1])
with h5py.File('faces.h5', 'w') as f: f['density'] = np.arange(1., 5); f['x'] = edge
with h5py.File('facesdown.h5', 'w') as f: f['density'] = np.arange(4., 0, -1); f['x'] = edge[::-1]
with h5py.File('bare.h5', 'w') as f: f['density'] = np.arange(1., 5)
with h5py.File('plan.h5', 'w') as f: f['wall'] = np.arange(40) == 13
END
taken() { # taken FILE RANKS OPTION...: what jko made of FILE, in the folder FILE-RANKS
  # shellcheck disable=SC2086
  jko "$2" $flow -density_file "$1.h5" -density_interpolate "${@:3}" -output "$1-$2" > out 2>&1 || { cat out && return 1; }
}
right() { "$PYTHON" -c "
from tools import *
$1"; }
twice() { # twice FILE OPTION...: the same on 1 and 3 ranks
  taken "$1" 1 "${@:2}" && taken "$1" 3 "${@:2}" && cmp "$1-1/density-000000.h5" "$1-3/density-000000.h5"
}
claim "a finer grid in 2-D is the same on 1 and 3 ranks" twice two -grid_n 16,24 -grid_lower -1,2 -grid_upper 1,4
claim "and on 2" taken two 2 -grid_n 16,24 -grid_lower -1,2 -grid_upper 1,4
claim "to the last bit" cmp two-1/density-000000.h5 two-2/density-000000.h5
claim "its cells are the means over the file's, its mass is kept to round-off" right "
a, b = h5py.File('two.h5')['density'][...], read('two-1')
assert np.allclose(b, overlap(10, 2, 4, 24, 2, 4) @ a @ overlap(7, -1, 1, 16, -1, 1).T, rtol=1e-13, atol=0)
assert abs(b.sum() / b.size / (a.sum() / a.size) - 1) < 2e-15"
claim "an axis that runs down is turned round" taken down 1 -grid_n 16,24 -grid_lower -1,2 -grid_upper 1,4
claim "before the means are taken" right "
a, b = h5py.File('down.h5')['density'][...][::-1], read('down-1')
assert np.allclose(b, overlap(10, 2, 4, 24, 2, 4) @ a @ overlap(7, -1, 1, 16, -1, 1).T, rtol=1e-13, atol=0)"
claim "a coarser grid in 3-D, the same on 1 and 3 ranks" twice three -grid_n 4,4,4 -grid_upper 1,2,3
claim "keeps the mass" right "
a, b = h5py.File('three.h5')['density'][...], read('three-1')
m = [overlap(n, 0, u, 4, 0, u) for n, u in ((5, 3), (6, 2), (7, 1))]
assert np.allclose(b, np.einsum('ai,bj,ck,ijk', *m, a), rtol=1e-13, atol=0)
assert abs(b.mean() / a.mean() - 1) < 2e-15"
claim "a periodic axis goes round, the same on 1 and 3 ranks" twice one -grid_n 16 -grid_boundary periodic
claim "and keeps the mass" right "
a, b = h5py.File('one.h5')['density'][...], read('one-1')
m = overlap(11, .25, 1.25, 16, 0, 1) + overlap(11, -.75, .25, 16, 0, 1)
assert np.allclose(b, m @ a, rtol=1e-12, atol=0) and abs(b.mean() / a.mean() - 1) < 2e-15"
claim "a finer one goes round too" taken ring 1 -grid_n 24 -grid_boundary periodic
claim "where the file begins does not matter" right "assert np.allclose(read('ring-1'), np.repeat(np.roll(h5py.File('ring.h5')['density'][...], 3), 3), rtol=1e-14, atol=0)"
claim "means over cells of a whole number of the file's are exact" taken cubic 3 -grid_n 4 -grid_lower .5 -grid_upper 2.5
claim "to round-off" right "assert np.allclose(read('cubic-3'), np.diff(np.linspace(.5, 2.5, 5)**3) / .5, rtol=2e-15, atol=0)"
claim "mass beyond the box is told, with its share" grep -q "11.5 of the mass 27 in 'cubic.h5' (42.6 %) is beyond the box and left out" out
refused() { # refused RANKS STATUS TEXT OPTION...: a flow in a potential, on each number of ranks
  local ranks status
  for ranks in $1; do
    jko "$ranks" -energy_terms entropy,potential -jko_dt 1e-3 -jko_max_steps 1 -jko_monitor quiet "${@:4}" > out 2> err
    status=$?
    [ $status = "$2" ] && [ "$(wc -l < err)" = 1 ] && grep -qF -- "$3" err || { echo "status $status" && head -n 5 out err && return 1; }
  done
}
claim "where most of it would be lost the box is refused" refused "1 3" 4 "-density_file: 'wide.h5' has 75 % of the mass of dataset 'density' beyond the box; a larger one (-grid_lower, -grid_upper) holds it" -grid_n 10 -grid_upper 1 -density_file wide.h5 -density_interpolate -energy_potential 0
claim "negative values are not averaged away" refused "1 3" 4 "-density_file: 'negative.h5' goes down to -0.5 in dataset 'density'; no value may be negative" -grid_n 3 -density_file negative.h5 -density_interpolate -energy_potential 0
claim "cells that are not equal" taken uneven 1 -grid_n 14 -grid_upper 1
claim "count by their widths" right "
x, a, b = h5py.File('uneven.h5')['x'][...], h5py.File('uneven.h5')['density'][...], read('uneven-1')
at = np.r_[x[0] - (x[1] - x[0]) / 2, (x[1:] + x[:-1]) / 2, x[-1] + (x[-1] - x[-2]) / 2]
inside = np.interp(np.linspace(0, 1, 15), at, np.r_[0, np.cumsum(a * np.diff(at))])
assert np.allclose(b, np.diff(inside) * 14, rtol=1e-12, atol=1e-14)"
for file in faces facesdown; do
  claim "and lie where the file has their faces, $file" taken $file 1 -grid_n 10
  claim "to round-off, $file" right "assert np.allclose(read('$file-1'), [1, 2, 2, 2, 2, 3, 4, 4, 4, 4], rtol=1e-14, atol=0)"
done
claim "a box beyond the file is told" taken line 1 -grid_n 16 -grid_upper 2
claim "with what the file covers" grep -q "covers x from 0 to 1; beyond that the density is 0" out
claim "a file without coordinates fills the box" taken bare 1 -grid_n 8 -grid_upper 2
claim "which is said" grep -q "does not say where its cells are along x: taken to fill the box" out
claim "its cells are cut in two" right "assert (read('bare-1') == np.repeat(np.arange(1., 5), 2)).all()"

coarse() { jko 1 $flow -grid_n 8,8 -density "exp(-4*((x-0.4)^2+y^2))" -output coarse > out && cp coarse/density-000001.h5 start.h5; }
claim "a coarse run" coarse
claim "starts a fine one" taken start 3 -grid_n 32,32
claim "with its mass" right "
a, b = h5py.File('start.h5')['density'][...], read('start-3')
assert abs(b.mean() / a.mean() - 1) < 2e-15"

energy() { jko "$1" -grid_n 20 -density 1 -energy_terms entropy,potential "${@:2}" -jko_dt 1e-3 -jko_max_steps 1 -jko_monitor quiet -output energy -output_overwrite > out 2>&1 && sed -n 2p energy/history.csv | cut -d, -f5 > energy.txt; }
claim "a linear potential is the same on a finer grid, up to the faces" energy 1 -energy_potential "1+2*x"
cp energy.txt wanted.txt
claim "as from its file" energy 3 -energy_potential_file line.h5:density -energy_potential_interpolate
claim "to round-off" right "assert abs(float(open('energy.txt').read()) - float(open('wanted.txt').read())) < 1e-14"
claim "others are second order in the width of the file's cells" energy 1 -grid_n 160 -energy_potential_file bent8.h5:density -energy_potential_interpolate
cp energy.txt coarse.txt
claim "and half of that" energy 1 -grid_n 160 -energy_potential_file bent16.h5:density -energy_potential_interpolate
claim "makes a quarter of the error, h^2/12 of the slopes between the ends" right "
exact = np.sin(np.pi * axis(160, 0, 1)).mean()
coarse, fine = (float(open(name + '.txt').read()) - exact for name in ('coarse', 'energy'))
assert 3.5 < coarse / fine < 4.5 and .95 < fine / (-2 * np.pi / 12 / 16**2) < 1.05, (coarse, fine)"
claim "coefficients stay within those of the file" energy 1 -density_mass 2 -energy_potential 0 -energy_entropy_coefficient steep.h5:density -energy_entropy_coefficient_interpolate
claim "up to the faces" right "
wanted = 2 * np.log(2) * np.interp(axis(20, 0, 1), axis(5, 0, 1), [.05, 1, 3, 1, .05]).mean()
assert abs(float(open('energy.txt').read()) / wanted - 1) < 1e-13, (open('energy.txt').read(), wanted)"
claim "a potential is not known beyond its file" refused "1 3" 4 "-energy_potential_file: 'line.h5' covers x from 0 to 1 only in dataset 'density', the grid goes from 0 to 2" -grid_n 20 -grid_upper 2 -density 1 -energy_potential_file line.h5:density -energy_potential_interpolate
claim "there has to be a file" refused 1 2 "-density_interpolate: there is nothing to interpolate without a file; give -density_file" -grid_n 20 -density 1 -density_interpolate -energy_potential 0


# what is on the command line outweighs an options file
levels() { # levels RANKS PRESET OPTION...: a flow with the preset (lines), ends well
  printf -- '%b\n' "$2" > preset.opts
  # shellcheck disable=SC2086
  jko "$1" ${plain-$flow} -options_file preset.opts "${@:3}" -grid_n 8 -output levels -output_overwrite > out 2>&1 || { cat out && return 1; }
}
is() { right "assert np.allclose(read('levels'), $1, rtol=1e-14, atol=0)"; } # is ARRAY
for ranks in 1 3; do
  claim "a file on the command line outweighs an expression in an options file, $ranks ranks" levels $ranks '-density 1+x' -density_file bare.h5 -density_interpolate
  claim "and is what the flow starts from" is "np.repeat(np.arange(1., 5), 2)"
done
claim "an expression outweighs a file and how it is read" levels 1 '-density_file bare.h5\n-density_interpolate' -density 2
claim "and is what the flow starts from" is "2 * np.ones(8)"
claim "so do those of potentials" levels 1 '-density 1\n-energy_potential_file nothing.h5\n-energy_potential_interpolate' -energy_terms entropy,potential -energy_potential x
claim "the other way round" levels 1 '-density 1\n-energy_potential nonsense' -energy_terms entropy,potential -energy_potential_file line.h5:density
claim "those of obstacles" levels 1 '-density 1\n-grid_obstacle_file nothing.h5' -grid_obstacle "0.2-x" -kernel_type heat
claim "of targets" levels 1 '-density 1\n-monitor_target nothing.h5\n-monitor_target_interpolate' -monitor_target 1+x
claim "of bounds" levels 1 '-density 1\n-energy_congestion_max_file nothing.h5\n-energy_congestion_max nothing.h5\n-energy_congestion_max_interpolate' -energy_terms entropy,congestion -energy_congestion_max 5
claim "in any case" levels 1 '-density 1+x' -Density_File line.h5
plain="-jko_dt 1e-4 -jko_max_steps 1 -jko_monitor quiet"
claim "of species" levels 1 '-species a,b\n-a_density_mass 0\n-b_density_mass 0\n-a_density 1+x\n-b_density_file nothing.h5\n-a_energy_terms entropy,potential\n-a_energy_potential nonsense\n-b_energy_terms entropy' -a_density_file bare.h5:density -a_density_interpolate -b_density 2 -a_energy_potential_file line.h5:density
claim "each of its own" right "
f = h5py.File('levels/density-000000.h5')
assert np.allclose(f['density_a'], np.repeat(np.arange(1., 5), 2)) and np.allclose(f['density_b'], 2)"
both() { # both PRESET TEXT OPTION...
  printf -- '%b\n' "$1" > preset.opts
  refused 1 2 "$2" -options_file preset.opts -grid_n 4 "${@:3}"
}
claim "both on the command line are refused" both '-energy_potential x' "-density and -density_file are both given" -density 1 -density_file bare.h5
claim "both in the options file are refused" both '-density 1\n-energy_potential x\n-energy_potential_file bare.h5' "-energy_potential and -energy_potential_file are both given"
claim "walls of a coarse plan stay where they are" sh -c "'$program' $flow -grid_n 80 -grid_obstacle_file plan.h5 -grid_obstacle_interpolate -kernel_type heat -density 1 -output plan > out 2>&1"
claim "in cells of half the size" right "
w = h5py.File('plan/density-000000.h5')['wall'][...]
assert (w == np.repeat(np.arange(40) == 13, 2)).all()"
finish
