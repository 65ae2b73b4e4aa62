#!/usr/bin/env bash
# A flow that is interrupted and goes on is the flow that is not: bit for bit, its files included; and what cannot be gone on with is refused.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
. tests/support/runs.sh
root=$PWD
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow=(-grid_n 40,24 -density 'exp(-20*((x-.5)^2+(y-.4)^2))' -energy_terms power,potential -energy_potential '0.1*x' -jko_dt 2e-4
  -checkpoint_interval 4 -output_interval 3 -monitor_target 1)
python() { "$PYTHON" -c "import h5py, numpy as np
$1"; }

claim "a whole flow runs" jko 2 "${flow[@]}" -output whole -jko_max_steps 10
claim "its first part runs" jko 2 "${flow[@]}" -output parts -jko_max_steps 6
claim "the newest two checkpoints are kept" test "$(cd parts && echo checkpoint*)" = "checkpoint-000004.h5 checkpoint-000006.h5"
claim "-restart auto goes on from the newest" sh -c "$MPIRUN -n 2 '$program' ${flow[*]@Q} -output parts -jko_max_steps 10 -restart auto | grep 'restart from parts/checkpoint-000006.h5: step 6, time 0.0012'"
for step in 000003 000006 000009 000010; do
  claim "snapshot $step is the same to the last bit" cmp whole/density-$step.h5 parts/density-$step.h5
done
claim "the history is the same, without a missing or a double row" diff <(history whole) <(history parts)
claim "the series is the same" cmp whole/flow.xdmf parts/flow.xdmf

continues() { # continues NAME OPTION...: the same flow, whole and in two parts
  local name=$1
  shift
  jko 2 "${flow[@]:0:4}" -jko_dt 2e-3 -checkpoint_interval 3 -output "$name-whole" -jko_max_time 0.03 "$@" || return 1
  jko 2 "${flow[@]:0:4}" -jko_dt 2e-3 -checkpoint_interval 3 -output "$name-parts" -jko_max_time 0.03 -jko_max_steps 5 "$@" || return 1
  jko 2 "${flow[@]:0:4}" -jko_dt 2e-3 -checkpoint_interval 3 -output "$name-parts" -jko_max_time 0.03 "$@" -restart "$name-parts/checkpoint-000003.h5" || return 1
  diff <(history "$name-whole") <(history "$name-parts") && cmp "$(ls "$name"-whole/density-* | tail -n 1)" "$(ls "$name"-parts/density-* | tail -n 1)"
}
affine=(-energy_terms entropy,potential -energy_entropy_coefficient 0.5 -energy_potential '3*(x-.6)^2')
claim "extrapolated steps go on bit for bit" continues extrapolated -jko_type extrapolated "${affine[@]}"
claim "adaptive steps go on bit for bit" continues adaptive -jko_type extrapolated -jko_adapt basic "${affine[@]}"
claim "elliptic solves go on bit for bit" continues elliptic -grid_n 64 -density 1+.1*x -energy_terms power -sinkhorn_snes_type elliptic -jko_dt 1e-3 -jko_max_time 0.009 -sinkhorn_tol 1e-9
claim "reversible steps go on bit for bit" continues reversible -jko_type reversible "${affine[@]}"
monitors=(-monitor_target gibbs -jko_monitor_energy -jko_monitor_moments -jko_monitor_kl -jko_monitor_w2 -jko_monitor_production -jko_monitor_balance -jko_monitor_inequalities)
claim "so do the columns of the monitors" continues monitors "${affine[@]}" "${monitors[@]}"

films() { continues film "${affine[@]}" -output_interval 2 -output_interpolate 1 && for f in film-whole/film*; do cmp "$f" "film-parts/${f#*/}" || return 1; done; }
claim "so do films" films
stays() { # without -output_interpolate a film is left as it is, up to the state that is gone back to
  local n
  cp -r film-whole stays && n=$(ls stays/film-* | wc -l) && jko 2 "${flow[@]:0:4}" "${affine[@]}" -jko_dt 2e-3 -output stays -jko_max_time 0.03 -restart auto > out || return 1
  [ "$(ls stays/film-* | wc -l)" = "$n" ] && cmp film-whole/film.xdmf stays/film.xdmf || return 1
  jko 2 "${flow[@]:0:4}" "${affine[@]}" -jko_dt 2e-3 -output stays -jko_max_time 0.024 -restart film-parts/checkpoint-000012.h5 > out || return 1
  [ "$(ls stays/film-*.h5 | wc -l)" = 13 ] && [ "$(grep -c '<Time' stays/film.xdmf)" = 13 ] && [ "$n" = 17 ]
}
claim "and stay when they are not gone on with" stays

claim "fields to be read are there" jko 2 "${flow[@]:0:2}" -density '1+x' -density_mass 0 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 1 -output given
field=given/density-000000.h5:density
fields=(-energy_terms entropy,power,internal,congestion -energy_power_exponent 3 -energy_internal 'rho^(1+y)')
claim "flows of energies that vary in space go on bit for bit" continues fields "${fields[@]}" -energy_entropy_coefficient "$field" \
  -energy_power_coefficient "$field" -energy_internal_coefficient "$field" -energy_congestion_max 20+x -jko_dt 1e-3 -jko_max_time 0.009
claim "the same by expressions runs" jko 2 "${flow[@]:0:4}" "${fields[@]}" -energy_entropy_coefficient 1+x -energy_power_coefficient 1+x \
  -energy_internal_coefficient 1+x -energy_congestion_max 20+x -jko_dt 1e-3 -jko_max_time 0.009 -output expressions
claim "and is the same flow" cmp "$(echo fields-whole/density-*9.h5)" "$(echo expressions/density-*9.h5)"

ends_there() { # at a state that has its snapshot already, so that none is written: nothing names what is gone
  jko 2 "${flow[@]}" -output_interval 4 -output back -jko_max_steps 10 > out && grep -q 000010 back/flow.xdmf || return 1
  jko 2 "${flow[@]}" -output_interval 4 -output back -jko_max_steps 8 -restart back/checkpoint-000008.h5 > out || return 1
  [ ! -e back/density-000010.h5 ] && ! grep -q 000010 back/flow.xdmf && grep -q 000008 back/flow.xdmf && [ "$(wc -l < back/history.csv)" = 10 ]
}
claim "going back to end at an older state leaves a series of what is there" ends_there
foreign() { # the folder holds another flow, of the same steps and times
  jko 2 "${flow[@]}" -density 1+x -output foreign -jko_max_steps 8 > out && cp -r foreign kept || return 1
  jko 2 "${flow[@]}" -output foreign -jko_max_steps 10 -restart whole/checkpoint-000008.h5 > out 2> err
  [ $? = 2 ] && grep -q "'foreign/history.csv' is of another run: its row of step 8 is not of the checkpoint's state" err && diff -r foreign kept || return 1
  jko 2 "${flow[@]}" -output foreign -output_overwrite -jko_max_steps 10 -restart whole/checkpoint-000008.h5 > out || return 1
  [ ! -e foreign/density-000003.h5 ] && [ ! -e foreign/checkpoint-000004.h5 ] || return 1
  [ "$(cut -d, -f1 foreign/history.csv | paste -sd ' ')" = "step 8 9 10" ]
}
claim "the history of another flow is not gone on with" foreign
claim "going back to an older checkpoint runs" jko 2 "${flow[@]}" -output parts -jko_max_steps 9 -restart whole/checkpoint-000008.h5
claim "and ends where it should" cmp whole/density-000009.h5 parts/density-000009.h5
claim "what lay beyond it is gone from history, series and folder" sh -c "[ \$(wc -l < parts/history.csv) = 11 ] && ! grep -q 000010 parts/flow.xdmf && [ ! -e parts/density-000010.h5 ] && [ ! -e parts/checkpoint-000010.h5 ]"
for ranks in 1 3; do
  claim "$ranks ranks go on from a checkpoint of 2" jko $ranks "${flow[@]}" -output other$ranks -jko_max_steps 10 -restart whole/checkpoint-000008.h5
  claim "and agree to round-off" python "
a, b = (h5py.File(f + '/density-000010.h5')['density'][...] for f in ('whole', 'other$ranks'))
assert np.abs(a - b).max() <= 1e-12 * a.max()"
done
claim "a history that begins at a checkpoint begins with its state" test "$(cut -d, -f1 other1/history.csv | paste -sd ' ')" = "step 8 9 10"
claim "a restart needs no initial density" jko 1 "${flow[@]:0:2}" "${flow[@]:4:6}" -jko_max_steps 10 -output bare -restart whole/checkpoint-000008.h5
claim "a flow that is at its end is left as it is, and says so" sh -c "$MPIRUN -n 2 '$program' ${flow[*]@Q} -output whole -jko_max_steps 10 -restart auto | grep '^nothing left to do: step 10, time 0.002,'"
claim "with all its rows" test "$(wc -l < whole/history.csv)" = 12
claim "-restart auto without a checkpoint starts from the beginning, and says so" sh -c "'$program' ${flow[*]@Q} -output fresh -jko_max_steps 2 -restart auto | grep \"^restart: no checkpoint in 'fresh': the flow begins anew\""
claim "with the initial state" test -e fresh/density-000000.h5
early() { # killed after the first row of the history and before the snapshot of it
  jko 1 "${flow[@]}" -output early -checkpoint_interval 1 -checkpoint_keep 9 -jko_max_steps 4 > out || return 1
  rm early/density-* early/checkpoint-00000[1-9].h5 early/flow.xdmf && sed -i 3,99d early/history.csv
  jko 1 "${flow[@]}" -output early -jko_max_steps 4 -restart auto > out && grep -q '^restart from early/checkpoint-000000' out && [ -e early/density-000000.h5 ] && grep -q 000000 early/flow.xdmf
}
claim "a run that was killed before its first snapshot still gets it" early
older() { # what version 0.1.0 left: looked at, and gone on with; its first scheme is known
  local old=(-grid_n 12 -energy_terms entropy,potential -energy_potential x -jko_dt 1e-2 -jko_max_steps 4 -output old -restart auto) ranks
  for f in "$root"/tests/run/version-0.1.0/*.h5; do "$program" -inspect "$f" > out || return 1; done
  for ranks in 1 3; do
    rm -rf old && cp -r "$root/tests/run/version-0.1.0" old
    jko $ranks "${old[@]}" -jko_type reversible > out 2> err
    [ $? = 2 ] && grep -q "^jko: error: -jko_type: 'reversible' given, the checkpoint is of a flow with 'euler'" err || { cat err && return 1; }
    jko $ranks "${old[@]}" > out || return 1
    [ "$(cut -d, -f1 old/history.csv | paste -sd ' ')" = "step 0 1 2 3 4" ] && cmp <(sed 4q old/history.csv) "$root/tests/run/version-0.1.0/history.csv" || return 1
  done
}
claim "a checkpoint of version 0.1.0 is gone on with" older
steps() { # steps OPTION...: goes on with other options on the length of steps
  jko "$1" "${flow[@]}" -output "steps$1" -jko_type extrapolated -jko_max_steps 5 "${@:3}" -restart "$2" | grep "^restart: -jko_adapt is "
}
claim "fixed steps and adaptive ones begin" sh -c "for t in none basic; do '$program' ${flow[*]@Q} -jko_type extrapolated -jko_adapt \$t -output \$t -jko_max_steps 4 || exit 1; done"
for ranks in 1 3; do
  claim "fixed steps become adaptive on $ranks ranks, with a note" steps $ranks none/checkpoint-000004.h5 -jko_adapt basic
  claim "and the other way round" steps $ranks basic/checkpoint-000004.h5 -jko_adapt none -output back$ranks
done
claim "checkpoints are netCDF as well" sh -c "ncdump -h whole/checkpoint-000010.h5 | grep -q 'double log_density(y, x)'"

refused() { # refused STATUS TEXT OPTION...
  local status=$1 text=$2 ranks got
  shift 2
  for ranks in 1 3; do
    jko $ranks "${flow[@]}" -output made -jko_max_steps 10 "$@" > out 2> err
    got=$?
    [ $got = "$status" ] && [ "$(grep -c '^jko: error' err)" = 1 ] && grep -qF -- "error: $text" err && [ ! -e made ] && ! grep -q '^step' out || { echo "status $got, $ranks ranks:" && cat err && return 1; }
  done
}
flip() { # flip FROM TO DATASET: one bit of the data
  "$PYTHON" -c "import h5py
f = h5py.File('$1'); c = f['$3'].id.get_chunk_info(0); f.close()
b = bytearray(open('$1', 'rb').read()); b[c.byte_offset + c.size // 2] ^= 1; open('$2', 'wb').write(b)"
}
flip whole/checkpoint-000008.h5 flipped.h5 log_p
claim "a history of moments is written" jko 1 "${flow[@]}" -output columns -jko_max_steps 4 -jko_monitor_moments
head -c 5000 whole/checkpoint-000008.h5 > short.h5
claim "a flipped bit is found" refused 4 "-restart: 'flipped.h5' is damaged: its bytes are not those that were written" -restart flipped.h5
claim "a truncated checkpoint is refused" refused 4 "-restart: 'short.h5' is damaged" -restart short.h5
claim "a checkpoint of another grid is refused by name" refused 2 "-grid_n: 41 along x, the checkpoint is of a flow with 40" \
  -grid_n 41,24 -restart whole/checkpoint-000008.h5
claim "a checkpoint of another box is refused" refused 2 "-grid_upper: 2 along x, the checkpoint is of a flow with 1" -grid_upper 2 -restart whole/checkpoint-000008.h5
claim "a history of other columns is refused" refused 2 "-restart: 'columns/history.csv' has after 'wall' the columns ',mean_x,mean_y" \
  -output columns -restart auto
claim "a density file is no checkpoint" refused 4 "-restart: 'whole/density-000010.h5' is no checkpoint of jko" -restart whole/density-000010.h5

cp -r whole hurt && flip whole/checkpoint-000010.h5 hurt/checkpoint-000010.h5 log_density
passes_over() {
  jko 2 "${flow[@]}" -output hurt -jko_max_steps 10 -restart auto > out 2> err
  local status=$?
  [ $status = 0 ] && grep -q "checkpoint-000010.h5' is damaged.*trying the one before" err && grep -q 'restart from hurt/checkpoint-000008.h5' out &&
    cmp hurt/density-000010.h5 whole/density-000010.h5 || { cat err && return 1; }
}
claim "-restart auto names a damaged checkpoint and takes the one before" passes_over
for c in hurt/checkpoint-*.h5; do head -c 3000 whole/checkpoint-000010.h5 > "$c"; done
claim "-restart auto with none that can be read is refused" refused 4 "-restart: 'hurt/checkpoint-000008.h5'" -output hurt -restart auto
finish
