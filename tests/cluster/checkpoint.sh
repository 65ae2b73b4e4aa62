#!/usr/bin/env bash
# A checkpoint is what was written, or it is refused with the reason; and a flow goes on as the one that it was.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow=(-grid_n 30,20 -density 'exp(-20*((x-.5)^2+(y-.4)^2))' -energy_terms power,potential -energy_potential '0.1*x' -jko_dt 2e-4
  -checkpoint_interval 1 -checkpoint_keep 99)
python() { "$PYTHON" -c "import h5py, numpy as np
$1"; }
claim "a flow with a checkpoint at every step runs" jko 2 "${flow[@]}" -output whole -jko_max_steps 6
last=whole/checkpoint-000006.h5

bit() { # bit FROM TO BYTE: one bit of a byte turned over, from the end where the number is negative
  "$PYTHON" -c "b = bytearray(open('$1', 'rb').read()); b[$3] ^= 1 << $3 % 8; open('$2', 'wb').write(b)"
}
refused() { # refused STATUS TEXT RANKS FILE OPTION...
  local status=$1 text=$2 ranks=$3 file=$4 got
  shift 4
  jko "$ranks" "${flow[@]}" -output made -jko_max_steps 8 -restart "$file" "$@" > out 2> err
  got=$?
  [ $got = "$status" ] && [ "$(wc -l < err)" = 1 ] && grep -qF -- "$text" err && [ ! -e made ] || { echo "status $got" && cat out err && return 1; }
}
any_bit() { # a bit of every part of the file: its start, tables, data, attributes, seal
  local size byte
  size=$(stat -c %s $last)
  for byte in 3 $(thorough echo 0 9 40 100 800 2100 $((size / 5)) $((size / 3)) $((size / 2)) $((size * 2 / 3)) $((size - 200)) -90 -3) $((size / 4)) -60 -1; do
    bit $last flipped.h5 $byte
    refused 4 "-restart: 'flipped.h5' is " 1 flipped.h5 || { echo "byte $byte" && return 1; }
  done
}
same_state() { # same_state A B: but for the options as used
  "$PYTHON" -c "import h5py, numpy as np
a, b = (h5py.File(f) for f in ('$1', '$2'))
assert set(a) == set(b) and all((a[k][...] == b[k][...]).all() for k in a)
assert set(a.attrs) == set(b.attrs) and all(np.array_equal(a.attrs[k], b.attrs[k]) for k in a.attrs if k not in ('options', 'program', 'history', 'Conventions', '_NCProperties'))"
}
cut_off() { # wherever it is cut
  local size part
  size=$(stat -c %s $last)
  for part in $(thorough echo 0 1 7 500 $((size - 200)) $((size - 89))) $((size / 2)) $((size - 1)); do
    head -c "$part" $last > short.h5
    refused 4 "-restart: 'short.h5' is " 1 short.h5 || { echo "at $part" && return 1; }
  done
}
reseal() { # reseal FILE: changes the file by the code in $2 and gives it a seal that fits
  "$PYTHON" - "$1" << END
import h5py, numpy as np, os, struct, sys
path = sys.argv[1]
raw = open(path, 'rb').read()
seal = raw[raw.rindex(b'\njko seal'):]
open(path, 'wb').write(raw[:-len(seal)])
with h5py.File(path, 'r+') as f:
  $2
raw, mask, prime, total = open(path, 'rb').read(), 2**64 - 1, 0x9e3779b97f4a7c15, 0
for place, at in enumerate(range(0, len(raw), 2**20)):
  block = raw[at:at + 2**20]
  h = ((place + 1) * prime + len(block)) & mask
  for word, in struct.iter_unpack('<Q', block + bytes(-len(block) % 8)):
    h = ((h ^ word) * prime) & mask
    h ^= h >> 32
  total = (total + h) & mask
step = int(seal.split()[3].strip(b','))
open(path, 'ab').write(b'\njko seal: step %19d, %19d bytes, digest %016x\n' % (step, len(raw), total))
END
}
claim "a flipped bit anywhere is found" any_bit
claim "a checkpoint that is cut off anywhere is refused" cut_off
claim "on several ranks too" refused 4 "is damaged: its last line, the seal, is missing" 3 short.h5
cp $last same.h5 && reseal same.h5 "pass"
claim "the seal is what its description says" cmp same.h5 $last
cp $last future.h5 && reseal future.h5 "f.attrs.modify('format', 2)"
claim "a checkpoint of a future format is refused" refused 4 "-restart: 'future.h5' is of format 2" 2 future.h5
cp $last lacks.h5 && reseal lacks.h5 "del f['log_p']"
thorough claim "a checkpoint without one of its parts is refused" refused 4 "-restart: 'lacks.h5' holds no readable dataset 'log_p'" 2 lacks.h5
cp $last shape.h5 && reseal shape.h5 "del f['log_p']; f['log_p'] = [0.0, 1.0]"
thorough claim "a checkpoint of another shape than it says is refused" refused 4 "-restart: 'shape.h5' has 2 values in dataset 'log_p'" 2 shape.h5
cp $last bad.h5 && reseal bad.h5 "f['log_density'][3, 4] = float('nan')"
foreign() { # foreign TEXT CODE: a checkpoint changed by the code, and sealed, is refused
  cp $last foreign.h5 && reseal foreign.h5 "$2"
  for ranks in $(thorough echo 1) 3; do refused 4 "-restart: 'foreign.h5' $1" $ranks foreign.h5 || return 1; done
}
claim "its mass is that of its density" foreign "holds mass = 1e+300, its density has 1: no state of a flow" "f.attrs['mass'] = 1e300"
claim "its energy is a number" foreign "holds energy = nan" "f.attrs['energy'] = float('nan')"
thorough claim "so is its entropy" foreign "holds energy = " "f.attrs['entropy'] = float('inf')"
thorough claim "the mass it began with is kept" foreign "holds initial_mass = 2., its density has the mass 1." "f.attrs['initial_mass'] = 2.0"
claim "a step leads beyond its time" foreign "holds time = 1e+308, which a step of 0.0002 does not move" "f.attrs['time'] = 1e308"
claim "its step can be counted on from" foreign "holds step 2147483647: no state of a flow" "f.attrs.modify('step', np.int32(2**31 - 1))"
claim "an array of texts is no text" foreign "holds no text in the attribute 'options'" "del f.attrs['options']; f.attrs['options'] = np.array([b'-grid_n 1' * 40] * 90)"
thorough claim "nor is one of variable length" foreign "holds no text in the attribute 'scheme'" "del f.attrs['scheme']; f.attrs['scheme'] = 'euler'"
claim "an array of numbers is no number" foreign "does not hold the attribute 'energy'" "f.attrs['energy'] = np.ones(40)"
claim "a checkpoint that holds nan is refused" refused 4 "-restart: 'bad.h5' holds values that are not finite" 2 bad.h5
python "f = h5py.File('other.h5', 'w'); f['density'] = np.ones((20, 30)); f.attrs['step'] = 3"
claim "another program's file is refused" refused 4 "-restart: 'other.h5' is no checkpoint of jko" 2 other.h5
inspected() { # inspected STATUS TEXT FILE: on 1 and 2 ranks, on stdout what is sound, in one line on stderr what is not
  local ranks got
  for ranks in 1 2; do
    jko $ranks -inspect "$3" > out 2> err
    got=$?
    [ $got = "$1" ] && { [ $got = 0 ] && [ ! -s err ] && grep -q "^$2" out || { [ "$(wc -l < err)" = 1 ] && grep -qF -- "'$3' $2" err; }; } ||
      { echo "status $got" && cat out err && return 1; }
  done
}
claim "-inspect tells of what is sound" inspected 0 "sound: every byte is as it was written" $last
claim "and holds" inspected 0 "log_density: 20 x 30 values from .* to .*, mean" $last
claim "and damaged" inspected 4 "is damaged: its bytes are not those that were written" flipped.h5
claim "and only readable" inspected 0 "readable; it carries no seal" whole/density-000006.h5
claim "and no state" inspected 4 "nan or infinite values in 'log_density'" bad.h5
thorough claim "a folder is refused" refused 4 "-restart: 'whole' is not a file" 1 whole

another() { # another TEXT OPTION...: the problem is another one
  local text=$1
  shift
  claim "$* is refused: $text" refused 2 "$text" 2 $last "$@"
}
another "-grid_n: 31 along x" -grid_n 31,20
thorough another "-grid_lower: -1 along x" -grid_lower -1
another "-grid_boundary (0: no flux, 1: periodic): 1 along x" -grid_boundary periodic
another "-energy_potential: '0.2*x' given" -energy_potential '0.2*x'
thorough another "-energy_power_exponent: '3' given, the checkpoint is of a flow with '2.'" -energy_power_exponent 3
thorough another "-energy_terms: 'power' given" -energy_terms power
thorough another "-density_mass: '2' given" -density_mass 2
another "-density: '1' given" -density 1
another "-jko_compensate: 'no' given" -jko_compensate no
another "-a_energy_potential: 'x' given" -a_energy_potential x
thorough another "-grid_obstacle: 'x-0.9' given" -grid_obstacle x-0.9

pipe() { # a pipe is not waited for, whatever its name
  mkfifo pipe.h5 && refused 4 "-restart: 'pipe.h5' is not a file" "$1" pipe.h5 || return 1
  rm -rf pipes && mkdir pipes && mv pipe.h5 pipes/checkpoint-000009.h5 && cp $last pipes/checkpoint-000006.h5
  jko "$1" "${flow[@]}" -output pipes -jko_max_steps 7 -restart auto > out 2> err && grep -q "'pipes/checkpoint-000009.h5' is not a file but a pipe; trying the one before" err
}
for ranks in 1 3; do claim "a pipe is no checkpoint, on $ranks ranks" pipe $ranks; done
claim "nor is a device" refused 4 "-restart: '/dev/zero' is not a file" 1 /dev/zero
for type in extrapolated reversible; do
  another "-jko_type: '$type' given, the checkpoint is of a flow with 'euler'" -jko_type $type -energy_terms power,potential
done

rows() { # rows TEXT COMMAND...: a history changed by the command is refused in a line that names the row, and replaced when told to
  local text=$1 got
  shift
  for ranks in $(thorough echo 3) 1; do
    rm -rf rows && cp -r whole rows && (cd rows && "$@") && rm -f changed && { [ ! -f rows/history.csv ] || cp rows/history.csv changed; }
    jko $ranks "${flow[@]}" -output rows -jko_max_steps 7 -restart auto > out 2> err
    got=$?
    [ $got = 4 ] && [ "$(wc -l < err)" = 1 ] && grep -qF -- "-restart: 'rows/history.csv' $text" err && { [ ! -f changed ] || cmp changed rows/history.csv; } && [ ! -e rows/run.lock ] ||
      { echo "status $got" && cat err && return 1; }
  done
  [ "$text" != "ends before the row of step 6" ] || { jko 1 "${flow[@]}" -output rows -jko_max_steps 7 -restart auto -output_overwrite > out && [ "$(cut -d, -f1 rows/history.csv | paste -sd ' ')" = "step 6 7" ] && [ ! -e rows/density-000000.h5 ]; }
}
claim "a row that is missing is named" rows "has no whole row of step 3 where it belongs, but '4," sed -i 5d history.csv
claim "a row that is there twice" rows "has no whole row of step 4 where it belongs, but '3," sed -i 5p history.csv
claim "the first row" rows "has no whole row of step 0 where it belongs, but '1," sed -i 2d history.csv
claim "the last row" rows "ends before the row of step 6" sed -i '8,$d' history.csv
thorough claim "a row that is cut off" rows "has no whole row of step 2 where it belongs" sed -i '4s/,[^,]*$//' history.csv
thorough claim "a row that is no row" rows "has no whole row of step 2 where it belongs, but 'text'" sed -i '4s/.*/text/' history.csv
claim "a value that was changed" rows "has other rows up to step 6 than when the checkpoint was written" sed -i '4s/,/,0/3' history.csv
thorough claim "a history that was emptied" rows "has no rows, or is not there" sed -i '2,$d' history.csv
thorough claim "a history that is gone" rows "has no rows, or is not there" rm history.csv
claim "a history that is a pipe" rows "is no plain file" sh -c "rm history.csv && mkfifo history.csv"

taken() { # taken TEXT OPTION...: only tuned, and told so, or not worth telling
  local text=$1
  shift
  rm -rf tuned
  jko 2 "${flow[@]}" -output tuned -jko_max_steps 7 -restart $last "$@" > out 2> err || { cat err && return 1; }
  [ -z "$text" ] && ! grep '^restart: ' out || { [ -n "$text" ] && grep -qF -- "$text" out; }
}
claim "a time step is taken with a note" taken "restart: -jko_dt is 1e-4, it was 2e-4" -jko_dt 1e-4
claim "a tolerance that is given for the first time likewise" taken "restart: -sinkhorn_tol is 1e-8, it was 1e-06" -sinkhorn_tol 1e-8
claim "the same said otherwise is the same" taken "" -jko_dt 0.0002 -energy_potential '0.10 * x' -energy_power_exponent 2.0 -sinkhorn_tol 1e-6 -jko_compensate 1 -density_mass 1.
thorough claim "the end is free" taken "" -jko_max_time 1
jko 1 "${flow[@]}" -output chain -jko_max_steps 7 -restart $last > /dev/null
claim "what a flow began with is known after a restart that did not say it" refused 2 "-density: '1' given" 1 chain/checkpoint-000007.h5 -density 1

for v in a:1 b:2; do python "
x = (np.arange(30) + 0.5) / 30
h5py.File('${v%:*}.h5', 'w')['v'] = np.tile(0.1 * ${v#*:} * x, (20, 1))"; done
file=(-grid_n 30,20 -density 1 -energy_terms entropy,potential -jko_dt 1e-3 -checkpoint_interval 1)
jko 1 "${file[@]}" -energy_potential_file a.h5:v -output file -jko_max_steps 2 > out
cp a.h5 moved.h5
claim "a potential may come from another file" jko 1 "${file[@]}" -energy_potential_file moved.h5:v -output file -jko_max_steps 3 -restart auto
cp b.h5 moved.h5
energy() {
  jko 2 "${file[@]}" -energy_potential_file moved.h5:v -output file -jko_max_steps 4 -restart auto > out 2> err
  [ $? = 2 ] && grep -q -- '-energy_potential_file: the flow of the checkpoint was given other values by a file; that is another problem' err
}
claim "but it must be the same potential" energy
hidden() { # a file that changes where there is no density: the energy does not tell
  local name=$1 option=$2 dataset=${3#*:} ranks
  shift 3
  python "
a = np.tile(0.1 * (np.arange(30) + 0.5) / 30 + 1, (20, 1)); b = a.copy(); b[-1, -1] += 1e-9
for f, v in ('hidden', a), ('moved', a), ('other', b):
  with h5py.File(f + '.h5', 'w') as file: file['v'] = v; file['w'] = v - 1.05"
  rm -rf "$name" && jko 2 -grid_n 30,20 -density 'x<.3&&y<.3' -density_mass 0.05 -jko_dt 1e-4 -checkpoint_interval 1 -output "$name" -jko_max_steps 1 "$@" "$option" hidden.h5:$dataset > out || return 1
  cp -r "$name" kept-"$name"
  for ranks in $(thorough echo 1) 3; do
    rm -rf "$name" && cp -r kept-"$name" "$name"
    jko $ranks -grid_n 30,20 -jko_dt 1e-4 -output "$name" -jko_max_steps 2 -restart auto "$@" "$option" other.h5:$dataset > out 2> err
    [ $? = 2 ] && [ "$(wc -l < err)" = 1 ] && grep -q -- "$option: $changed" err && diff -r "$name" kept-"$name" || { cat err && return 1; }
    jko $ranks -grid_n 30,20 -jko_dt 1e-4 -output "$name" -jko_max_steps 2 -restart auto "$@" "$option" moved.h5:$dataset > out || return 1
  done
}
changed="the flow of the checkpoint was given other values by a file"
claim "also where there is no mass" hidden potential -energy_potential_file file:v -energy_terms power,potential
claim "a coefficient likewise" hidden coefficient -energy_power_coefficient file:v -energy_terms power
claim "a bound likewise" hidden bound -energy_congestion_max file:v -energy_terms power,congestion
thorough claim "a target likewise" hidden target -energy_divergence_target_file file:v -energy_terms divergence
claim "walls likewise" hidden walls -grid_obstacle_file file:w -energy_terms power

mkdir names && cp whole/checkpoint-000003.h5 names/checkpoint-000009.h5 && cp $last names/checkpoint-000005.h5
newest() { jko 1 "${flow[@]}" -output names -jko_max_steps 7 -restart auto > out && grep -q 'restart from names/checkpoint-000005.h5: step 6,' out; }
claim "-restart auto takes the newest by the step it holds, not by its name" newest
cp -r whole hurt && head -c 3000 $last > hurt/checkpoint-000006.h5 && bit $last hurt/checkpoint-000005.h5 5000 && echo text > hurt/checkpoint-000004.h5
falls_back() {
  jko 2 "${flow[@]}" -output hurt -jko_max_steps 6 -restart auto > out 2> err || return 1
  [ "$(wc -l < err)" = 3 ] && for n in 4 5 6; do grep -q "hurt/checkpoint-00000$n.h5' is .*; trying the one before" err || return 1; done
  grep -q 'restart from hurt/checkpoint-000003.h5: step 3' out && cmp hurt/density-000006.h5 whole/density-000006.h5 && same_state hurt/checkpoint-000006.h5 $last
}
claim "-restart auto names each one that it rejects, and the flow is the same in the end" falls_back
every() {
  for n in 0 1 2 3 4 5; do
    rm -rf again && mkdir again && cp whole/checkpoint-00000$n.h5 again
    jko 2 "${flow[@]}" -output again -jko_max_steps 6 -restart auto > out && grep -q "restart from again/checkpoint-00000$n.h5" out &&
      cmp again/density-000006.h5 whole/density-000006.h5 && same_state again/checkpoint-000006.h5 $last || { echo "step $n" && return 1; }
  done
}
thorough claim "from every step, the first included, it ends with the same bits" every
keep() { jko 1 "${flow[@]}" -output keep -jko_max_steps 5 -checkpoint_keep "$1" > out && [ "$(ls keep | grep -c checkpoint)" = "$1" ]; }
claim "-checkpoint_keep 1 keeps one" keep 1
thorough claim "-checkpoint_keep 3 keeps three" keep 3
split() {
  for s in "1 -grid_da_processors_y 3" "3 -grid_da_processors_y 1"; do
    # shellcheck disable=SC2086
    jko 3 "${flow[@]}" -output "split${s%% *}" -jko_max_steps 6 -restart whole/checkpoint-000003.h5 -grid_da_processors_x $s > out || return 1
  done
  python "
a, b, c = (h5py.File(f + '/density-000006.h5')['density'][...] for f in ('whole', 'split1', 'split3'))
assert np.abs(a - b).max() <= 1e-12 * a.max() and np.abs(a - c).max() <= 1e-12 * a.max()"
}
thorough claim "ranks that share the grid in another way go on to the same state" split
finish
