#!/usr/bin/env bash
# What a run leaves in its folder: snapshots, history, series, log; and what it leaves of another run that was there.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
root=$PWD
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow=(-grid_n 24,16 -grid_lower -1 -grid_upper 1,0.5 -density 'exp(-9*(x^2+y^2))' -energy_terms entropy,potential -energy_entropy_coefficient 0.2
  -energy_potential 'x^2+y^2' -jko_dt 0.01)

python() { "$PYTHON" -c "import csv, glob, json, os, h5py, numpy as np, xml.etree.ElementTree as xml
rows = list(csv.DictReader(open('run/history.csv'))) if os.path.exists('run/history.csv') else []
$1"; }
files() { # files FOLDER NAME...: the folder holds these and no others
  local folder=$1
  shift
  diff <(ls "$folder") <(printf '%s\n' "$@" | sort)
}

claim "a run with -output ends well" jko 2 "${flow[@]}" -output run -jko_max_time 0.105 -output_interval 4 -output_times 0.05,0.033 -monitor_target gibbs
claim "the first, the last, every interval and every given time are there" files run flow.xdmf history.csv run.log.json \
  density-00000{0,4,6,8}.h5 density-000012.h5
claim "given times and the end are hit exactly" python "
times = {os.path.basename(f): float(h5py.File(f).attrs['time']) for f in glob.glob('run/density-*.h5')}
assert times['density-000004.h5'] == 0.033 and times['density-000006.h5'] == 0.05 and times['density-000012.h5'] == 0.105, times"
claim "the history has the columns that are promised" test "$(head -n 1 run/history.csv)" = \
  step,time,dt,epsilon,energy,entropy,mass,kl,w2_step,w2_target,dissipation,iterations,residual,gap,min,max,wall
claim "the history has a row per state, the initial one without what a step has" python "
assert [int(r['step']) for r in rows] == list(range(13))
assert all(rows[0][c] == '' for c in 'dt,w2_step,w2_target,dissipation,iterations,residual,gap,wall'.split(','))
assert all(r[c] for r in rows[1:] for c in r if c != 'w2_target')
assert all(np.isfinite(float(v)) for r in rows for v in r.values() if v)"
claim "mass and extremes are those of the files" python "
rho = h5py.File('run/density-000012.h5')['density'][...]
h = 2 / 24 * 1.5 / 16
assert abs(float(rows[-1]['mass']) - 1) < 1e-13 and abs(rho.sum() * h - 1) < 1e-13
assert float(rows[-1]['max']) == rho.max() and float(rows[-1]['min']) == rho.min()
assert abs(float(rows[-1]['entropy']) - (rho * np.log(rho)).sum() * h) < 1e-13"
claim "kl is the divergence to the Gibbs state, and falls" python "
x, y = np.meshgrid(-1 + (np.arange(24) + .5) / 12, -1 + (np.arange(16) + .5) * 1.5 / 16)
pi = np.exp(-(x**2 + y**2) / .2)
h = 2 / 24 * 1.5 / 16
pi /= pi.sum() * h
for r, f in ((rows[0], 'run/density-000000.h5'), (rows[-1], 'run/density-000012.h5')):
  rho = h5py.File(f)['density'][...]
  assert abs(float(r['kl']) - (rho * np.log(rho / pi)).sum() * h) < 1e-12
kl = [float(r['kl']) for r in rows]
assert all(b < a for a, b in zip(kl, kl[1:]))"
claim "the series names every snapshot once, in order, with its time and sizes" python "
grids = xml.parse('run/flow.xdmf').getroot().findall('Domain/Grid/Grid')
assert [float(g.find('Time').get('Value')) for g in grids] == sorted(float(h5py.File(f).attrs['time']) for f in glob.glob('run/density-*.h5'))
for g in grids:
  assert g.find('Topology').get('Dimensions') == '1 16 24'
  for item in g.iter('DataItem'):
    if item.get('Format') == 'HDF':
      name, path = item.text.split(':')
      assert list(h5py.File('run/' + name)[path].shape) == [int(n) for n in item.get('Dimensions').removeprefix('1 ').split()]"
claim "the log tells options, versions, ranks, the equation and its bias" python "
log = json.load(open('run/run.log.json'))
assert log['options']['energy_potential'] == 'x^2+y^2' and log['options']['output_times'] == '0.05,0.033'
assert log['ranks'] == 2 and log['version'] and log['petsc'] and 'Laplace(rho)' in log['equation']
assert log['bias']['compensated'] is True and abs(log['bias']['coefficient'] - log['epsilon'] / (4 * log['dt'])) < 1e-15"
claim "ncdump -h reads a snapshot" sh -c "ncdump -h run/density-000012.h5 | grep -q 'double density(y, x)'"

cp -r run before
claim "a run that is refused touches nothing" sh -c "! '$program' ${flow[*]@Q} -output run -jko_max_steps 2 -jko_dtt 1 2> err && diff -r run before"
held() { # held TEXT OPTION...: on 1 and 3 ranks the folder is refused, and left as it is
  local text=$1 ranks got
  shift
  for ranks in 1 3; do
    jko $ranks "${flow[@]}" -output run -jko_max_steps 2 "$@" > out 2> err
    got=$?
    [ $got = 2 ] && [ "$(wc -l < err)" = 1 ] && grep -qF -- "$text" err && diff -r run before || { echo "status $got" && cat err && return 1; }
  done
}
claim "a new run in the same folder is refused, with both cures" held \
  "-output: 'run' holds the results of another run (density-000000.h5, run.log.json, ...); give -restart auto to go on with it, -output_overwrite to replace it"
claim "so is -restart auto where there is no checkpoint" held "-restart: auto finds no checkpoint in 'run', which holds the results of another run" -restart auto
pictures=$(sed -n '1,/^Walls/s/\([a-z]*\.\(png\|gif\|mp4\|html\)\)/\n\1\n/gp' "$root/runs/plot.py" | grep -E '^[a-z]+\.(png|gif|mp4|html)$')
for name in $pictures notes.txt density.h5 density-1.h5 film-000000.txt; do echo "$name" > "run/$name"; done
claim "every picture of runs/plot.py has a name" test "$(echo "$pictures" | wc -l)" = 9
claim "-output_overwrite replaces the old run" jko 1 "${flow[@]}" -output run -jko_max_steps 2 -output_overwrite
claim "and leaves nothing of it, nor of its pictures, and all that is not its own" files run flow.xdmf history.csv run.log.json density-00000{0,2}.h5 \
  notes.txt density.h5 density-1.h5 film-000000.txt
claim "a folder with other files is taken" sh -c "mkdir mixed && echo text > mixed/notes.txt && '$program' ${flow[*]@Q} -output mixed -jko_max_steps 1 && grep -q text mixed/notes.txt"
claim "without a target kl is empty" python "assert all(r['kl'] == '' for r in rows) and len(rows) == 3"
claim "folders are made on the way" jko 1 "${flow[@]}" -output a/b/c -jko_max_steps 1 -jko_monitor 0
claim "without -output nothing is written" sh -c "mkdir empty && cd empty && '$program' ${flow[*]@Q} -jko_max_steps 1 && [ -z \"\$(ls)\" ]"
for n in 24 24,16,8; do
  claim "a flow on $n cells is written" jko 2 "${flow[@]}" -density "exp(-9*r^2)" -grid_n $n -grid_upper 1 -energy_potential r^2 -output dim -output_overwrite -jko_max_steps 1
  claim "and its series holds it" "$PYTHON" -c "import xml.etree.ElementTree as xml
topology = xml.parse('dim/flow.xdmf').getroot().find('Domain/Grid/Grid/Topology').get('Dimensions')
assert topology == {'24': '1 1 24', '24,16,8': '8 16 24'}['$n'], topology"
done
claim "a target from a file is read" jko 2 "${flow[@]:0:6}" -density_file before/density-000012.h5 "${flow[@]:8}" -jko_max_steps 1 -output run -output_overwrite \
  -monitor_target before/density-000012.h5
claim "and the divergence of a density to itself is 0" python "assert abs(float(rows[0]['kl'])) < 1e-14 < float(rows[1]['kl'])"
claim "the console line of a step has step, time, residual, energy, W2/dt, percentage" sh -c \
  "'$program' ${flow[*]@Q} -jko_max_steps 2 | grep -qE '^step +1  t 0.01 +dt 0.01 +its +[0-9]+  residual [0-9.e-]+  F .*W2/dt .* 50%  ETA'"

fails() {
  jko "$1" -grid_n 32 -density 'exp(-99*x^2)' -energy_terms power -jko_dt 1e-3 -jko_max_steps 9 -sinkhorn_max_it 2 -output "bad$1" > out 2> err
  local status=$?
  [ $status = 3 ] && [ "$(wc -l < err)" = 1 ] && grep -qE '^jko: error: step 1 .*residual.*try ' err && [ -e "bad$1/density-000000.h5" ] || { echo "status $status" && cat err && return 1; }
}
for ranks in 1 3; do claim "a step that fails on $ranks ranks ends with one line, status 3 and the last good density" fails $ranks; done
missed() { # times that the steps do not come to are told
  jko "$1" "${flow[@]}" -output "missed$1" -jko_max_steps 3 -output_times 0.015,0.5,0.7 2> err > out || return 1
  [ "$(grep output_times err)" = "jko: warning: -output_times: 2 of them, from 0.5 on, lie beyond the last step, time 0.025; no density of them is written" ] || { cat err && return 1; }
}
for ranks in 1 3; do claim "times of output beyond the last step are told, on $ranks ranks" missed $ranks; done
removed() { # removed RANKS COMMAND: a history that goes, or changes, under a run
  rm -rf gone
  # shellcheck disable=SC2086
  $([ "$1" = 1 ] || echo $MPIRUN -n "$1") "$program" "${flow[@]}" -output gone -jko_max_steps 10000000 > out 2> err &
  local pid=$! end=$((SECONDS + 30)) got
  until [ -s gone/density-000000.h5 ] || [ $SECONDS -gt $end ]; do sleep 0.05; done
  (cd gone && eval "$2")
  wait $pid
  got=$?
  [ $got = 4 ] && [ "$(grep -c '^jko: error: -output: history.csv was removed or changed from outside' err)" = 1 ] || { echo "status $got" && cat err && return 1; }
}
claim "a history that is removed meanwhile ends the run" removed 1 "rm history.csv"
claim "so does one that is emptied, on 3 ranks" removed 3 "> history.csv"
claim "so does one that leads to a device" removed 1 "ln -sf /dev/full history.csv"

linked() { # linked RANKS: a link in the place of every file that a run writes; the victim is as it was
  local name kind ranks=$1
  for kind in -s ""; do
    rm -rf links && mkdir links && echo victim > victim
    for name in checkpoint-000000.h5 density-000000.h5 density-000001.h5 history.csv flow.xdmf run.log.json; do
      ln $kind "$PWD/victim" links/$name && ln $kind "$PWD/victim" links/$name.part || return 1
    done
    jko "$ranks" "${flow[@]}" -output links -output_overwrite -checkpoint_interval 1 -jko_max_steps 1 > out || return 1
    [ "$(cat victim)" = victim ] && [ -z "$(find links -type l)" ] && [ "$(head -c 4 links/history.csv)" = step ] && ! ls links | grep part || return 1
    rm -rf links && mkdir links && ln $kind "$PWD/victim" links/run.lock
    jko "$ranks" "${flow[@]}" -output links -jko_max_steps 1 > out 2> err
    [ $? = 2 ] && [ "$(wc -l < err)" = 1 ] && grep -q "^jko: error: -output: 'links/run.lock' is no plain file of its own; remove it" err && [ "$(cat victim)" = victim ] || { cat err && return 1; }
  done
  rm -rf links && mkdir links && mkfifo links/run.lock links/history.csv.part links/density-000000.h5.part
  jko "$ranks" "${flow[@]}" -output links -jko_max_steps 1 > out 2> err
  [ $? = 2 ] && rm links/run.lock && jko "$ranks" "${flow[@]}" -output links -jko_max_steps 1 > out
}
for ranks in 1 3; do claim "links are not written through, nor pipes waited for, on $ranks ranks" linked $ranks; done
claim "a target without mass where the density has some is infinitely far" sh -c \
  "'$program' ${flow[*]@Q} -jko_max_steps 1 -output run -output_overwrite -monitor_target 'x > 0' > out && cut -d, -f8 run/history.csv | tail -n 1 | grep -qx inf"
finish
