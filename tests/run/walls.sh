#!/usr/bin/env bash
# A floor plan from a drawing, and all that a run has, behind its walls: monitors, restart, ranks, outputs.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
crowd=$PWD/runs/crowd
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
python() { "$PYTHON" -c "import csv, h5py, numpy as np
rows = lambda folder: list(csv.DictReader(open(folder + '/history.csv')))
field = lambda folder, name='density': h5py.File(folder + '/density-000008.h5')[name][...]
$1"; }

# Black the walls, one pixel thick, green the goal, orange the crowd.
claim "a plan is drawn" python "
import matplotlib.image
plan = np.ones((24, 32, 3))
plan[:, 14] = plan[11, :14] = 0
plan[17:20, 14] = plan[11, 4:6] = 1
plan[14:22, 28:31] = 0, 0.7, 0.4
plan[2:9, 2:12] = 1, 0.7, 0
matplotlib.image.imsave('plan.png', plan)"
claim "and becomes a file" "$PYTHON" "$crowd/plan.py" plan.png plan.h5 4
claim "with the way to the goal through the doors" python "
file = h5py.File('plan.h5')
wall, way, crowd = (file[name][...][::-1] for name in ('wall', 'distance', 'density'))
assert wall.sum() == 24 - 3 + 14 - 2 and crowd.sum() == 70 and way[17:20, 28:31].max() == 0
assert 3.6 < way[5, 2] < 5 and not crowd[wall != 0].any()" # 0.8 to the first door, 1.4 to the second, 1.7 to the goal, at least

flow=(-grid_n 32,24 -grid_upper 4,3 -grid_obstacle_file plan.h5 -density_file plan.h5 -jko_dt 0.05)
crowd=("${flow[@]}" -energy_terms congestion,potential -energy_congestion_max 1 -energy_potential_file plan.h5:distance -jko_max_steps 8)
mist=("${flow[@]}" -energy_terms entropy,potential -energy_entropy_coefficient 0.2 -energy_potential_file plan.h5:distance -jko_type extrapolated
  -sinkhorn_tol 1e-9 -monitor_target gibbs -monitor_w2_interval 8 -jko_monitor_energy -jko_monitor_moments -jko_monitor_kl -jko_monitor_w2
  -jko_monitor_production -jko_monitor_balance -jko_monitor_geodesic -jko_monitor_inequalities -checkpoint_interval 3)
for ranks in 1 3; do
  claim "a crowd walks on $ranks ranks" jko $ranks "${crowd[@]}" -output crowd$ranks
  claim "a mist flows on $ranks ranks, with all monitors" jko $ranks "${mist[@]}" -jko_max_steps 8 -output mist$ranks
  claim "its first part" jko $ranks "${mist[@]}" -jko_max_steps 5 -output parts$ranks
  claim "and the rest" jko $ranks "${mist[@]}" -jko_max_steps 8 -output parts$ranks -restart parts$ranks/checkpoint-000003.h5
  claim "make the same density, to the last bit" cmp mist$ranks/density-000008.h5 parts$ranks/density-000008.h5
  claim "elliptic solves on $ranks ranks" jko $ranks "${mist[@]}" -jko_max_steps 8 -jko_type euler -output elliptic$ranks -sinkhorn_snes_type elliptic
done
for kind in crowd mist elliptic; do
  claim "$kind: the ranks agree" python "
a, b = field('${kind}1'), field('${kind}3')
assert np.abs(a - b).max() <= 1e-11 * a.max(), np.abs(a - b).max() / a.max()"
done
claim "the other solver" jko 1 "${mist[@]}" -jko_max_steps 8 -jko_type euler -output anderson -sinkhorn_snes_type weightedanderson
claim "has the same solution" python "
a, b = field('anderson'), field('elliptic1')
assert np.abs(a - b).max() <= 1e-6 * a.max(), np.abs(a - b).max() / a.max()"
claim "nobody is in walls, nobody is too near, nobody is lost" python "
plan = h5py.File('plan.h5')['wall'][...]
for folder in 'crowd1', 'mist1', 'parts3':
    wall, density, history = field(folder, 'wall'), field(folder), rows(folder)
    assert wall.dtype == np.int8 and (wall == plan).all() and (density[wall != 0] == 0).all() and (density >= 0).all()
    assert all(abs(float(row['mass']) - 1) <= 1e-12 for row in history)
assert field('crowd1').max() <= 1 + 1e-12"
claim "films mark the walls" grep -q 'Name="wall"' crowd1/flow.xdmf
claim "the columns of the monitors are the same on any ranks" python "
a, b = rows('mist1'), rows('mist3')
away = ('wall', 'iterations', 'residual', 'gap')
for x, y in zip(a, b):
    for name in x:
        assert bool(x[name]) == bool(y[name])
        if x[name] and name not in away:
            assert abs(float(x[name]) - float(y[name])) <= 1e-6 * abs(float(x[name])) + 1e-12, (x['step'], name, x[name], y[name])
last = a[-1]
assert all(last[name] for name in ('kl', 'w2_target', 'mean_x', 'var_y', 'kl_gibbs', 'w2_rate', 'production', 'balance_w2', 'excess')), last
assert all(float(y['kl']) < float(x['kl']) for x, y in zip(a, a[1:]))
assert not last['log_sobolev'] and not last['kl_decay'] # convexity tells nothing here"
claim "a line says why there is no coarser grid" sh -c "$MPIRUN -n 3 '$program' ${crowd[*]@Q} -jko_max_steps 1 -jko_coarse_first > said && [ \$(grep -c '^-jko_coarse_first: switched off, behind walls' said) = 1 ]"
claim "and so does the view" sh -c "'$program' ${crowd[*]@Q} -jko_max_steps 1 -jko_view | grep -q '^coarse first: off, behind walls'"
finish
