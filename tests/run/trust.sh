#!/usr/bin/env bash
# The boundary of docs/security.md: what options files, the environment and the folder at hand cannot do, and what a run writes through.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
. tests/support/refused.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
whole=(-grid_n 16 -density 1+x -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2 -output made)

# options that run something
number=0
from_file() { # from_file TEXT LINE...: an options file of these lines is refused
  local text=$1
  shift
  number=$((number + 1))
  printf '%s\n' "$@" > "$number.opts"
  refuse 2 "$text" -options_file "$number.opts"
}
for option in dll_append dll_prepend python debugger_ranks start_in_debugger on_error_attach_debugger stop_for_debugger on_error_emacs saws \
  draw_save_movie mpi_linear_solver_server sinkhorn_snes_python_type; do
  from_file "-$option runs a program or loads a library: give it on the command line, not in" "-$option evil"
done
from_file "-dll_append runs a program" '-jko_view -DLL_append evil'
from_file "-dll_append runs a program" '-jko_view --dll_append evil'
from_file "-dll_append runs a program" '-prefix_push dll_' '-prefix_push x_' '-prefix_pop' '-append evil'
from_file "-dll_append runs a program" '-dll_\' 'append evil'
from_file "-dll_append runs a program" 'alias -harmless -dll_append' '-harmless evil'
from_file "-options_file_yaml is not read" '-options_file_yaml evil.yml'
from_file "-sinkhorn_snes_view writes a file" '-sinkhorn_snes_view ascii:evil'
from_file "-log_trace writes a file" '-log_trace evil'
from_file "-info writes a file" '-info evil:snes'
echo '-options_file 1.opts' > outer.opts
refuse 2 "-dll_append runs a program or loads a library: give it on the command line, not in 1.opts" -options_file outer.opts
export PETSC_OPTIONS='-dll_append evil'
refuse 2 "not in PETSC_OPTIONS" -jko_view
unset PETSC_OPTIONS
mkdir home && echo '-dll_append evil' > home/.petscrc
at_home() { HOME=$PWD/home "$@"; }
claim "~/.petscrc runs nothing" at_home exits 2 'not in .*home/.petscrc' jko 1 "${whole[@]}"
echo '-jko_max_steps 1' > home/.petscrc
claim "~/.petscrc is read" at_home exits 0 'step +1 .*100%' jko 1 -grid_n 16 -density 1+x -energy_terms entropy -jko_dt 1e-3
for rc in .petscrc petscrc; do
  echo '-no_such_option 1' > $rc
  claim "$rc of the folder at hand is not read" exits 0 'step +2' jko 1 "${whole[@]}" -output "without-$rc"
  rm -f $rc
done

# options files are files
mkfifo pipe && mkdir folder && ln -s /dev/full full && echo '-options_file self.opts' > self.opts && echo '-jko_view: true' > y.yml
refuse 4 "-options_file: 'pipe' cannot be read: it is not a file but a pipe" -options_file pipe
refuse 4 "-options_file: 'folder' cannot be read: it is not a file but a folder" -options_file folder
refuse 4 "-options_file: '/dev/full' cannot be read: it is not a file but a device" -options_file /dev/full
refuse 4 "-options_file: 'full' cannot be read: it is not a file but a device" -options_file full
refuse 2 "-options_file: 'self.opts' is named too deep within others; does it name itself?" -options_file self.opts
refuse 2 "-options_file: 'y.yml' is not read" -options_file y.yml
printf '\xef\xbb\xbf-jko_dt 1e-3\n' > mark.opts
refuse 2 "-options_file: 'mark.opts' begins with a byte-order mark; save it as UTF-8 without one" -options_file mark.opts
head -c 1100000 /dev/zero | tr '\0' '#' > long.opts
refuse 2 "-options_file: 'long.opts' is longer than a million bytes" -options_file long.opts
echo '-log_view :log.txt' > log.opts
claim "an options file may ask for a log" eval 'jko 1 "${whole[@]}" -output logged -options_file log.opts && grep -q JKOStep log.txt'
printf '%s\n' '-monitor_target made-before/density-000000.h5:density' > target.opts
claim "an options file may name a target in a file" eval 'jko 1 "${whole[@]}" -output made-before && jko 1 "${whole[@]}" -output aimed -options_file target.opts'
printf '%s\n' '-monitor_target x>0.5?2:1' > target.opts
claim "an options file may give a target of two values" eval 'jko 1 "${whole[@]}" -output parted -options_file target.opts'

# links
echo mine > victim
ln -s victim link && ln victim hard
for name in link hard pipe; do refuse 2 "-log_view: '$name' is a link or no file" -log_view :$name; done
ln -s victim link.0
refuse 2 "-info: 'link.0' is a link or no file" -info link:snes
claim "what links lead to is as it was" grep -qx mine victim

# signals before there is a run
noted() { # from the moment that they are caught, long before the first step
  local pid
  "$program" "${whole[@]}" -output early > early.txt 2>&1 &
  pid=$!
  until [ $((0x$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$pid/status) & 0x200)) != 0 ]; do :; done
  kill -USR1 $pid
  wait $pid
}
claim "SIGUSR1 at the start does not end a run" noted
finish
