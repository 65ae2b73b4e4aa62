#!/usr/bin/env bash
# Makes the option reference from what the program says of itself.
#   docs/options.sh [FILE]   default docs/options.md
set -eu
cd "$(dirname "$0")/.."
. tests/support/environment.sh
out=${1:-docs/options.md}
"$BUILD/jko" -help | awk '
function begin(class, title) {
  printf "\n## %s: %s\n\n| option | default | meaning |\n|---|---|---|\n", class, title
  on = 1
}
BEGIN {
  print "# Options\n"
  print "Made by `make docs` from `jko -help`; do not edit. A term of the energy with a name of its own, `name:type`, carries that name in its options."
  print "Below them, `-sinkhorn_snes_...` are those of PETSc'"'"'s nonlinear solvers and `-log_view`, `-info`, `-options_file` PETSc'"'"'s own: see its manual."
}
/^-----/ { on = view; next }
/ \((Run|Grid|Energy|JKO|Kernel|Sinkhorn|Monitor|Transport)\) options:$/ {
  class = $0; sub(/\) options:$/, "", class); sub(/.*\(/, "", class)
  title = $0; sub(/ \([A-Za-z]*\) options:$/, "", title)
  on = waiting = 1; next
}
/^Viewer \(-jko_view\)/ { on = view = 1; next }
/ options:$/ { on = view = 0; next }
on && /^  -[a-z]/ && (!view || / <>:/) {
  name = $1; sub(/:$/, "", name)
  if (waiting) begin(class, name ~ /^-reaction_/ ? "Energy of the reaction" : title) # the same class under another prefix
  waiting = 0
  match($0, /<[^>]*>/); value = substr($0, RSTART + 1, RLENGTH - 2); rest = substr($0, RSTART + RLENGTH)
  sub(/^now /, "", value); sub(/ : .*/, "", value); sub(/\.$/, "", value); sub(/^string1.*/, "", value); sub(/^-1$/, "none", value)
  sub(/^:? */, "", rest); sub(/ *\([A-Za-z]*\)$/, "", rest); gsub(/\|/, "\\|", rest)
  if (name ~ /^-(grid_n|jko_dt|output_times|grid_da_processors_[xyz])$/) value = "" # shown with what the help was made with
  printf "| `%s` | %s | %s |\n", name, value == "" ? "" : "`" tolower(value) "`", rest
  view = 0
}' > "$out"
