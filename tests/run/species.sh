#!/usr/bin/env bash
# Flows of several species, by their options: columns, datasets, restart, ranks, pictures, and what is refused.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
. tests/support/runs.sh
plot=$PWD/runs/plot.py
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow=(-grid_n 40,20 -grid_upper 2,1 -species a,b -a_density 'x>1&&x<1.8' -b_density 'x>0.2&&x<1.2' -b_density_mass 0.7 -energy_terms congestion
  -energy_congestion_max 2 -a_energy_terms potential,w:interaction -a_energy_potential x -a_energy_w 'exp(-4*r^2)' -a_energy_w_coefficient 0.1
  -a_energy_w_with b -b_energy_terms potential,entropy -b_energy_potential 0-x -b_energy_entropy_coefficient 0.02 -jko_dt 0.05)
python() { "$PYTHON" -c "import csv, h5py, numpy as np
rows = list(csv.DictReader(open('whole-euler/history.csv')))
$1"; }

for type in euler extrapolated; do
  restarts $type "${flow[@]}" -jko_type $type -jko_monitor_energy
done
claim "the header ends with masses, the largest sum and the energies" grep -q \
  ',min,max,wall,mass_a,mass_b,max_sum,energy_congestion,energy_a_potential,energy_a_w,energy_b_potential,energy_b_entropy,energy_b_a_w$' whole-euler/history.csv
claim "each mass stays, the sum stays below its bound, the energy is that of its terms and falls" python "
for row in rows:
    assert abs(float(row['mass_a']) - 1) <= 1e-13 and abs(float(row['mass_b']) - 0.7) <= 1e-13
    assert abs(float(row['mass']) - 1.7) <= 1e-13 and float(row['max_sum']) <= 2 * (1 + 1e-12) and float(row['min']) >= 0
    terms = sum(float(row[name]) for name in row if name.startswith('energy_'))
    assert abs(terms - float(row['energy'])) <= 1e-12
assert all(float(b['energy']) < float(a['energy']) for a, b in zip(rows, rows[1:]))"
claim "a file holds a dataset of each" python "
f = h5py.File('whole-euler/density-000008.h5')
assert 'density' not in f
a, b = f['density_a'][...], f['density_b'][...]
assert a.shape == (20, 40) and (a >= 0).all() and (b >= 0).all() and (a + b).max() <= 2 * (1 + 1e-12)
assert abs(a.sum() / 400 - 1) <= 1e-13 and abs(b.sum() / 400 - 0.7) <= 1e-13"
claim "the series names both" grep -q 'density-000008.h5:/density_b' whole-euler/flow.xdmf
claim "a checkpoint of two ranks is gone on with on three" jko 3 "${flow[@]}" -jko_max_steps 8 -restart whole-euler/checkpoint-000006.h5 -output other
claim "to round-off" python "
for name in ('density_a', 'density_b'):
    a, b = (h5py.File(f + '/density-000008.h5')[name][...] for f in ('whole-euler', 'other'))
    assert np.abs(a - b).max() <= 1e-11 * a.max()"
for ranks in 1 3 4; do
  claim "$ranks ranks run" jko $ranks "${flow[@]}" -jko_max_steps 8 -output ranks$ranks
  claim "and agree" python "
for name in ('density_a', 'density_b'):
    a, b = (h5py.File(f + '/density-000008.h5')[name][...] for f in ('whole-euler', 'ranks$ranks'))
    assert np.abs(a - b).max() <= 1e-11 * a.max()"
done
claim "an output is taken up as the start of another flow" jko 1 -grid_n 40,20 -grid_upper 2,1 -species a,b -a_density_file whole-euler/density-000008.h5 \
  -b_density_file whole-euler/density-000008.h5:density_b -b_density_mass 0 -energy_terms entropy -jko_dt 0.01 -jko_max_steps 1 -output again
claim "with the masses asked for" python "
last = list(csv.DictReader(open('again/history.csv')))[-1]
assert abs(float(last['mass_a']) - 1) <= 1e-13 and abs(float(last['mass_b']) - 0.7) <= 1e-13"
inspected() { jko 1 -inspect "$1" > out && grep -q "$2" out && grep -q sound out; }
claim "a checkpoint tells of both" inspected whole-euler/checkpoint-000006.h5 'log_density_b: 20 x 40'
viewed() { jko 1 "${flow[@]}" -jko_max_steps 1 -jko_view > out && grep -qF "$1" out; }
claim "the view has the equation of each" viewed "equation: d/dt rho_a = div(rho_a grad V) + div(rho_a grad(w * that of b)) + div(rho_a grad P); d/dt rho_b = "
claim "and of the sum" viewed "s = rho_a + rho_b, div(s grad P) = div(s grad p) with p >= 0 only where s = 2, the most"
claim "adaptive steps run" jko 2 "${flow[@]}" -jko_type extrapolated -jko_adapt basic -jko_adapt_tol 0.02 -jko_max_time 0.2
claim "they are drawn, a row each" "$PYTHON" "$plot" whole-euler

end=(-jko_max_steps 2)
claim "one name is refused" refused "-species: 1 given; two or more are needed" "${flow[@]}" "${end[@]}" -species a
claim "the name of a group of options is refused" refused "-species: 'grid' is what other options begin with" "${flow[@]}" "${end[@]}" -species grid,b
claim "a density for all is refused" refused "-density: of several species each has its own: -a_density" "${flow[@]}" "${end[@]}" -density 1
claim "a density that is missing is refused" refused "the initial density of c is missing: give -c_density" "${flow[@]}" "${end[@]}" -species a,b,c
claim "a negative mass is refused" refused "-b_density_mass: -1" "${flow[@]}" "${end[@]}" -b_density_mass -1
claim "a misspelt option of a species is refused" refused "-a_energy_potentail is not an option; did you mean -a_energy_potential" "${flow[@]}" "${end[@]}" -a_energy_potentail x
claim "an unknown partner is refused" refused "-a_energy_w_with: there is no species 'c'; there are a, b" "${flow[@]}" "${end[@]}" -a_energy_w_with c
claim "a sum above its bound is refused" refused "-energy_congestion_max: the initial density is up to" "${flow[@]}" "${end[@]}" -energy_congestion_max 1.2
claim "reversible steps are refused" refused "-jko_type: reversible is for one density" "${flow[@]}" "${end[@]}" -jko_type reversible
claim "reaction is refused" refused "-jko_metric: several species are transported only" "${flow[@]}" "${end[@]}" -jko_metric wfr
claim "a target is refused" refused "-monitor_target: there is none for several species" "${flow[@]}" "${end[@]}" -monitor_target gibbs
claim "a film is refused" refused "-output_interpolate: there is no film of several species" "${flow[@]}" "${end[@]}" -output_interpolate 2 -output film
claim "velocities are refused" refused "-output_fields: of several species the densities only" "${flow[@]}" "${end[@]}" -output_fields velocity -output film
claim "moments are refused" refused "-jko_monitor_moments: measures one density" "${flow[@]}" "${end[@]}" -jko_monitor_moments
claim "masses of one density are refused" refused "-jko_monitor_species: there is one density" -grid_n 20 -density 1 -energy_terms entropy -jko_dt 0.1 "${end[@]}" -jko_monitor_species
restart=("${flow[@]}" -restart whole-euler/checkpoint-000006.h5 -jko_max_steps 8)
claim "a restart with other species is refused" refused "-species: 'a,c' given, the checkpoint is of a flow with 'a,b'" "${restart[@]}" -species a,c
claim "a restart with another energy of a species is refused" refused "-a_energy_potential: '2*x' given" "${restart[@]}" -a_energy_potential '2*x'
finish
