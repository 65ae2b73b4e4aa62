#!/usr/bin/env bash
# Steps without bias by their options: restart to the last bit, the same on any number of ranks, what is refused, and the solver that stands in.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
. tests/support/runs.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
medium=(-grid_n 32,24 -grid_lower -0.5 -grid_upper 0.5 -density 'max(0,0.04-r^2)' -energy_terms power -jko_dt 2e-4)
crowd=(-grid_n 64 -grid_lower -1 -grid_upper 1 -density 'abs(x+0.4)<0.3?1:0' -energy_terms congestion,potential -energy_congestion_max 2
  -energy_potential '(x-0.2)^2' -jko_dt 0.1)
pair=(-grid_n 48 -species a,b -a_density 'exp(-40*(x-0.3)^2)' -b_density 'exp(-40*(x-0.7)^2)' -a_energy_terms entropy
  -a_energy_entropy_coefficient 0.1 -b_energy_terms entropy -b_energy_entropy_coefficient 0.01 -jko_dt 0.01)

same_on_ranks() { # same_on_ranks OPTION...: 1, 3 and 4 ranks leave the same density
  local ranks
  for ranks in 1 3 4; do jko $ranks "$@" -jko_max_steps 3 -jko_monitor quiet -output ranks-$ranks || return 1; done
  cmp ranks-1/density-000003.h5 ranks-3/density-000003.h5 && cmp ranks-1/density-000003.h5 ranks-4/density-000003.h5
  local got=$?
  rm -r ranks-?
  return $got
}
never_rises() { awk -F, 'NR > 2 && $5 > last + 1e-9 { exit 1 } { last = $5 }' "$1/history.csv"; }

restarts sdirk "${medium[@]}" -jko_type sdirk
restarts crowd "${crowd[@]}" -jko_debias transport
claim "the energy of a crowd never rises" never_rises whole-crowd
claim "sdirk is the same on any number of ranks" same_on_ranks "${medium[@]}" -jko_type sdirk
claim "a deferred step is the same on any number of ranks" same_on_ranks "${crowd[@]}" -jko_debias transport
claim "species are the same on any number of ranks" same_on_ranks "${pair[@]}" -jko_debias transport
claim "extrapolation is refused" refused '-jko_debias: transport is for euler and sdirk' "${medium[@]}" -jko_max_steps 1 -jko_type extrapolated -jko_debias transport
claim "sdirk with another way is refused" refused '-jko_debias: none given, but -jko_type sdirk' "${medium[@]}" -jko_max_steps 1 -jko_type sdirk -jko_debias none
claim "another name is refused" refused "-jko_debias: 'yes' is not known; use auto, transport, entropy or none" "${medium[@]}" -jko_max_steps 1 -jko_debias yes
told() { # told EPSILON: on 1 and 3 ranks one line tells of too wide a regularisation
  local ranks
  for ranks in 1 3; do
    jko $ranks -grid_n 64 -density 'exp(-(x-0.5)^2/0.004)' -energy_terms entropy -energy_entropy_coefficient 0.1 -jko_dt 1e-4 -jko_max_steps 2 \
      -jko_debias transport -jko_epsilon "$1" -jko_monitor quiet -output told -output_overwrite 2> err || return 1
    [ "$(grep -c 'spread too fast' err)" = 1 ] || return 1
  done
}
claim "a regularisation wider than the density is told" told 0.02
claim "one that is not is not" eval '! told auto'
finish
