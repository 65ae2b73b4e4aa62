#!/usr/bin/env bash
# Makes the option reference from the table of options of the program.
#   docs/options.sh [FILE]   default docs/options.md
set -eu
cd "$(dirname "$0")/.."
. tests/support/environment.sh
out=${1:-docs/options.md}
"$BUILD/jko" -help table | awk -F '\t' '
function code(text) { gsub(/\|/, "\\|", text); return text == "" ? "" : "`" text "`" }
BEGIN {
  print "# Options\n"
  print "Made by `make docs` from `jko -help table`; do not edit. A term of the energy with a name of its own, `name:type`, carries that name in its options;"
  print "those of a species have its name in front: `-a_density`, `-a_energy_terms`. Lists are separated by commas. An EXPRESSION is in quotes; a FILE may be followed by `:dataset`."
  print "On a restart, an option that defines the flow has to be what it was, one that begins it is left out, and one that tunes it may differ, which is noted; the others are free."
  print "Below these options, `-sinkhorn_snes_...` are those of PETSc'"'"'s nonlinear solvers and `-log_view`, `-info`, `-options_file` PETSc'"'"'s own: see its manual."
}
NR == 1 { next }
$1 $2 != last { printf "\n## %s: %s\n\n| option | value | default | meaning | on a restart |\n|---|---|---|---|---|\n", $1, $2; last = $1 $2 }
{
  gsub(/\|/, "\\|", $8)
  printf "| `%s` | %s | %s | %s | %s |\n", $3, code($4), code($5), $8 ($6 == "" ? "" : ", in " $6), $7
}' > "$out"
