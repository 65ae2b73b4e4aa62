#!/usr/bin/env bash
# Flows that grow and react, by their options: columns, restart, ranks, targets, and what is refused.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
. tests/support/runs.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow=(-grid_n 32,20 -grid_lower -1 -grid_upper 1 -density 'exp(-9*r^2)' -energy_terms entropy,potential -energy_potential 'x^2'
  -energy_entropy_coefficient 0.3 -jko_metric wfr -jko_dt 0.02)
reaction=(-reaction_terms crowd:power,growth:potential -reaction_growth '0-2' -reaction_crowd_coefficient 0.7)
python() { "$PYTHON" -c "import csv, h5py, numpy as np
rows = list(csv.DictReader(open('whole-lie/history.csv')))
$1"; }

for splitting in lie strang; do
  restarts $splitting "${flow[@]}" "${reaction[@]}" -jko_type extrapolated -jko_splitting $splitting
done
claim "the header ends with the reaction and its balance" grep -q ',min,max,wall,reaction,balance$' whole-lie/history.csv
claim "the mass of every step is what its reaction says" python "
for a, b in zip(rows, rows[1:]):
    assert abs(float(b['mass']) - float(a['mass']) - float(b['reaction'])) <= 1e-12 and float(b['balance']) <= 1e-12
assert float(rows[-1]['mass']) > 1.1"
plain() { jko 1 -grid_n 32 -density 1 -energy_terms entropy -jko_dt 0.1 -jko_max_steps 1 -output plain && grep -q ',wall$' plain/history.csv; }
claim "without reaction the header is what it was" plain
for ranks in 1 3 4; do
  claim "$ranks ranks run" jko $ranks "${flow[@]}" "${reaction[@]}" -jko_type extrapolated -jko_splitting strang -jko_max_steps 8 -output ranks$ranks
  claim "and agree" python "
a, b = (h5py.File(f + '/density-000008.h5')['density'][...] for f in ('whole-strang', 'ranks$ranks'))
assert np.abs(a - b).max() <= 1e-11 * a.max()"
done
claim "a flow of one energy in both distances runs" jko 2 "${flow[@]}" -jko_type extrapolated -monitor_target gibbs -jko_max_time 12 -jko_dt 0.5 -output rest
claim "and rests at the density without variation, of its own mass" python "
last = list(csv.DictReader(open('rest/history.csv')))[-1]
file = h5py.File('rest/density-%06d.h5' % int(last['step']))
x, rest = file['x'][...], file['density'][...]
exact = np.exp(-x ** 2 / 0.3 - 1)[None, :]
assert np.abs(rest - exact).max() <= 0.02, np.abs(rest - exact).max()
assert 0 <= float(last['kl']) <= 1e-3, last['kl']"

end=(-jko_max_steps 2)
claim "an unknown metric is refused" refused "-jko_metric: 'hellinger' is not known" "${flow[@]}" "${end[@]}" -jko_metric hellinger
claim "a reaction without a metric is refused" refused "-reaction_terms is given, but nothing reacts" "${flow[@]}" "${reaction[@]}" "${end[@]}" -jko_metric wasserstein
claim "an unknown term is refused by its list" refused "-reaction_terms: there is no energy 'powr'; did you mean power" "${flow[@]}" "${end[@]}" -reaction_terms powr
claim "a misspelt option of a term is refused" refused "-reaction_crwd_exponent is not an option; did you mean -reaction_crowd_exponent" "${flow[@]}" "${reaction[@]}" "${end[@]}" -reaction_crwd_exponent 3
claim "growth without bound is refused" refused "-jko_dt: within 1. the reaction lets 640 cells grow without bound" "${flow[@]}" "${end[@]}" -reaction_terms potential -reaction_potential '0-2.5' -jko_dt 1
claim "an interaction is no reaction" refused "-jko_metric: the reaction of an interaction energy is not known" "${flow[@]}" "${end[@]}" -reaction_terms interaction -reaction_interaction 'r^2'
claim "the Gibbs state of another energy is refused" refused "-monitor_target: gibbs is not known for a flow that reacts by -reaction_terms" "${flow[@]}" "${reaction[@]}" "${end[@]}" -monitor_target gibbs
finish
