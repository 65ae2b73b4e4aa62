#!/usr/bin/env bash
# Options by their table: values are whole and in range or refused by name, messages name the cure, help finds what is asked for.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export HOME=$work
cd "$work" || exit 1
run=(-grid_n 16 -density 1 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2)

one_line() { # one_line RANKS TEXT OPTION...
  local ranks=$1 text=$2 got
  shift 2
  jko "$ranks" "$@" > "out$ranks" 2> "err$ranks"
  got=$?
  [ $got = 2 ] && [ "$(wc -l < "err$ranks")" = 1 ] && grep -qF -- "jko: error: $text" "err$ranks" && ! grep -q 'step ' "out$ranks" ||
    { echo "status $got on $ranks ranks:" && cat "err$ranks" && return 1; }
}
refuse() { # refuse TEXT OPTION...: added to a whole run, on 1 and 3 ranks
  local text=$1
  shift
  claim "$* is refused: $text" one_line 1 "$text" "${run[@]}" "$@"
  claim "likewise on three ranks" one_line 3 "$text" "${run[@]}" "$@"
}
alone() { # alone TEXT ARGUMENT...: the same on one rank, for messages that all ranks make alike
  local text=$1
  shift
  claim "$* is refused: $text" one_line 1 "$text" "${run[@]}" "$@"
}
takes() { # takes OPTION...: the run is done
  jko 1 "${run[@]}" "$@" > out 2> err && grep -q 'step  *2 ' out || { cat out err && return 1; }
}

# numbers
claim "a coefficient may have sixteen decimals" takes -energy_entropy_coefficient 0.3333333333333333
claim "a length may have twenty" takes -grid_upper 1.00000000000000000001
claim "numbers may have spaces around them" takes -jko_dt ' 1e-3 '
claim "two dashes are as good as one" takes --jko_epsilon_ratio 0.2
claim "capital letters are as good as small ones" takes -JKO_EPSILON_RATIO 0.2
claim "-jko_monitor alone prints a line per step" takes -jko_monitor
refuse "-grid_upper: 'e-3' is not a number" -grid_upper 1,e-3
alone "-jko_dt: '3abc' is not a number" -jko_dt 3abc
alone "-jko_dt: 'nan' is not a finite number" -jko_dt nan
alone "-jko_max_time: 'inf' is not a finite number" -jko_max_time inf
alone "-jko_dt: '1e400' is out of range" -jko_dt 1e400
alone "-jko_epsilon_ratio: '1e-400' is out of range" -jko_epsilon_ratio 1e-400
alone "-energy_entropy_coefficient: '1e400' is out of range" -energy_entropy_coefficient 1e400
alone "-energy_entropy_coefficient: 'nan' is not a finite number" -energy_entropy_coefficient nan
alone "-sinkhorn_elliptic_ksp_max_it: '4294967299' is beyond the largest integer, 2147483647" -sinkhorn_type elliptic -sinkhorn_elliptic_ksp_max_it 4294967299
alone "-sinkhorn_elliptic_ksp_rtol has no value" -sinkhorn_type elliptic -sinkhorn_elliptic_ksp_rtol
alone "-density_mass: '--1' is not a number" -density_mass --1
alone "-jko_max_steps: '1e3' is not an integer" -jko_max_steps 1e3
alone "-jko_max_steps: '0x10' is not an integer" -jko_max_steps 0x10
alone "-jko_max_steps: '2147483648' is beyond the largest integer, 2147483647" -jko_max_steps 2147483648
alone "-sinkhorn_max_it: '99999999999999999999' is beyond the largest integer" -sinkhorn_max_it 99999999999999999999
alone "-grid_n: value 2 of the list is empty" -grid_n 16,
alone "-grid_n: value 1 of the list is empty" -grid_n ,16
alone "-grid_n: 5 values given; at most 4 are taken" -grid_n 2,2,2,2,2
alone "-grid_n: '4-8' is not an integer" -grid_n 4-8
alone "-energy_terms: value 2 of the list is empty" -energy_terms entropy,,power
alone "-output_fields: value 2 of the list is empty" -output_fields density, -output made
alone "-jko_compensate: '2' is neither true nor false" -jko_compensate 2
alone "-max_walltime: '90' is no time; give [hh:]mm:ss" -max_walltime 90
for option in -energy_entropy_coefficient -jko_type -sinkhorn_tol -kernel_type -monitor_w2_interval -density_file; do alone "$option has no value" $option; done

# the cure
refuse "-energy_potential has no effect: add potential to -energy_terms" -energy_potential x
refuse "-energy_terms: there is no energy 'diffusion'; did you mean entropy?" -energy_terms diffusion
alone "-reaction_power_exponent has no effect: add power to -reaction_terms" -jko_metric wfr -reaction_terms entropy -reaction_power_exponent 3
alone "-energy_power_exponent has no effect: -energy_terms names no term so; there is -energy_p_exponent" -energy_terms p:power -energy_power_exponent 3
alone "-monitor_lambda has no effect without -jko_monitor_inequalities" -monitor_lambda 1
alone "-transport_tol has no effect without -monitor_w2_interval or -output_interpolate" -transport_tol 0.1
refuse "'-jko_dt=0.1': a space goes between an option and its value, not an equals sign: -jko_dt 0.1" -jko_dt=0.1
alone "-jko_tol is not an option; did you mean -sinkhorn_tol?" -jko_tol 1e-8
alone "-tau is not an option; did you mean -jko_dt?" -tau 1e-8
alone "-t_end is not an option; did you mean -jko_max_time?" -t_end 1
alone "-jko_steps is not an option; did you mean -jko_max_steps?" -jko_steps 1
alone "-ksp_type is not an option; those of PETSc's solvers begin with -sinkhorn_elliptic_ksp_" -ksp_type cg
alone "-quux is not an option; \`jko -help all\` lists them" -quux 1
alone "-c_density: there is no species 'c'; -species is not given" -c_density 1
echo "-jko_dt 0.1" > mine.opts && touch data.h5
claim "a file of options alone is told its option" one_line 1 "'mine.opts' belongs to no option; a file of options is given by -options_file" mine.opts
claim "a file of data too" one_line 1 "'data.h5' belongs to no option; a file of data is given by" data.h5
species=(-grid_n 16 -species a,b -a_density 1 -b_density 1 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 1)
claim "a species that there is not is named" one_line 1 "-c_energy_potential: there is no species 'c'; -species lists a,b" "${species[@]}" -c_energy_potential x
claim "a term that a species lacks is named" one_line 1 "-a_energy_potential has no effect: add potential to -a_energy_terms" "${species[@]}" -a_energy_potential x
claim "options that begin like others are no species" one_line 1 "-species: 'restart' is what other options begin with" -grid_n 16 -species a,restart

# where an option stands
printf '%s\n' '# -jko_dt 1' '-jko_dt oops' > wrong.opts
echo '-options_file wrong.opts' > outer.opts
claim "the file is named that an option stands in" one_line 1 "-jko_dt: 'oops' is not a number; it stands in 'wrong.opts'" -grid_n 16 -options_file wrong.opts
claim "also where another file names it" one_line 1 "-jko_dt: 'oops' is not a number; it stands in 'wrong.opts'" -grid_n 16 -options_file outer.opts
printf '\xef\xbb\xbf-grid_n 16\r\n' > marked.opts
printf -- '-grid_n 16\r\n-jko_dt 1e-3\r\n# -jko_dt 1\r\n' > windows.opts
claim "a byte order mark is told" one_line 3 "-options_file: 'marked.opts' begins with a byte-order mark; save it as UTF-8 without one" -options_file marked.opts "${run[@]}"
claim "also in ~/.petscrc" bash -c "mkdir home && cp marked.opts home/.petscrc && HOME=\$PWD/home '$program' ${run[*]} 2>&1 | grep 'home/.petscrc. begins with a byte-order mark'"
claim "lines that end as on Windows are lines" takes -options_file windows.opts
claim "PETSC_OPTIONS is named" env PETSC_OPTIONS="-jko_tol 1" bash -c "$(declare -f one_line jko); program='$program' one_line 1 '-jko_tol is not an option; did you mean -sinkhorn_tol?; it stands in PETSC_OPTIONS' ${run[*]}"
claim "an option of the command line needs no such words" bash -c "! '$program' -grid_n 16 -options_file wrong.opts -jko_dt no 2>&1 | grep 'it stands'"

# help
says() { # says PATTERN COMMAND...
  local pattern=$1
  shift
  "$@" > both 2>&1 && grep -qE -- "$pattern" both || { head -n 5 both && return 1; }
}
few() { [ "$(jko 1 -help | grep -c '^  -')" -le 12 ]; }
claim "-help prints a dozen options at most" few
claim "and where the others are" says 'jko -help all' jko 2 -help
claim "-help all has every class" says '^  -sinkhorn_tol NUMBER' jko 2 -help all
claim "with defaults and units" says '\[default 7, in sigma\]' jko 1 -help all
claim "-help WORD finds options by what they are about" says '^  -energy_entropy_coefficient' jko 2 -help diffusion
claim "and leaves out the others" bash -c "! '$program' -help diffusion | grep -q grid_n"
claim "-help -NAME too" says '^  -jko_adapt_tol' jko 1 -help -jko_adapt
claim "-help knows the terms and species of the command line" says '^  -a_energy_well EXPRESSION' jko 1 -species a,b -a_energy_terms well:potential -help all
claim "a word that nothing is about is said to be one" says "No option is about 'zzz'" jko 1 -help zzz
claim "-help all into a pipe that closes does not abort" bash -c "set -o pipefail; '$program' -help all | head -n 1; case \${PIPESTATUS[0]} in 0 | 141) ;; *) exit 1 ;; esac"

# every default of the table is that of the objects: giving them all changes nothing
defaults() {
  local -a flow=(-grid_n 64 -density 1+x -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2 -jko_view)
  local options
  options=$("$program" -help table | awk -F '\t' 'NR > 1 && $5 != "" && $3 !~ /^-(reaction_|energy_[^e]|monitor_lambda|transport|jko_monitor$|jko_splitting|output_|checkpoint_)/ { print $3, $5 }')
  jko 1 "${flow[@]}" -output one > view1 2>&1 && jko 1 "${flow[@]}" -output two $options > view2 2>&1 || { cat view2 && return 1; }
  diff <(grep -v 'step \|^memory' view1) <(grep -v 'step \|^memory' view2) && diff <(cut -d, -f1-16 one/history.csv) <(cut -d, -f1-16 two/history.csv)
}
claim "giving every option its default changes nothing" defaults

# run.log.json
parses() {
  jko 1 "${run[@]}" -output "$1" -density "$2" > out 2> err || { cat err && return 1; }
  "$PYTHON" -c 'import json, sys; d = json.load(open(sys.argv[1] + "/run.log.json", encoding="utf-8")); assert d["options"]["jko_dt"] == "1e-3", d' "$1"
}
claim "run.log.json is JSON where an option is not UTF-8" parses $'bytes\xff\xe9\xed\xa0\x80' 1
claim "where one has control characters" parses controls $'1\t+\n0*x'
finish
