#!/usr/bin/env bash
# Expressions mean what they say: names that mean nothing in an option are refused by it, whatever reads it; one may start with a minus; a field
# that jumps where the box closes to a ring is told.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
. tests/support/runs.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow=(-grid_n 32 -density 1 -energy_terms entropy -jko_dt 1e-2 -jko_max_steps 1 -jko_monitor quiet)

while read -r -u 3 option value more; do # t in every expression; y in every one on a line
  # shellcheck disable=SC2086
  claim "$option does not take t" refused "$option: 't' in" "${flow[@]}" $option "t+$value" $more
  # shellcheck disable=SC2086
  claim "$option takes no axis that is not there" refused "$option: 'y' in" "${flow[@]}" $option "y+$value" $more
done 3<< 'END'
-density 1
-grid_obstacle x-0.9
-monitor_target 1
-energy_entropy_coefficient 1
-energy_potential 1 -energy_terms entropy,potential
-energy_congestion_max 3 -energy_terms congestion
-energy_divergence_target 1 -energy_terms divergence
-energy_interaction 1 -energy_terms entropy,interaction
-energy_internal log(rho) -energy_terms internal
-reaction_potential 1 -reaction_terms potential -jko_metric wfr
END
species=(-grid_n 32 -species a,b -b_density 1 -a_energy_terms entropy -b_energy_terms entropy -jko_dt 1e-2 -jko_max_steps 1)
claim "-a_density does not take t" refused "-a_density: 't' in" "${species[@]}" -a_density t
claim "the odd part of an interaction is refused with its size" refused "-energy_interaction: W(x) and W(-x) differ by up to 1.8" "${flow[@]}" \
  -energy_terms entropy,interaction -energy_interaction 'x^3'
claim "on a ring as well" refused "-energy_interaction: W(x) and W(-x) differ by up to 2, where W is up to 1;" "${flow[@]}" -grid_boundary periodic \
  -energy_terms entropy,interaction -energy_interaction 'sin(2*pi*x)'
claim "an even one is taken, however it is written" jko 1 "${flow[@]}" -energy_terms entropy,interaction -energy_interaction '(x+1)^2-2*x+abs(x)^3'

same() { # same OPTION... -- OPTION...: both runs leave the same density
  jko 1 "${flow[@]}" "$1" "$2" "${@:4}" -output minus -output_overwrite && jko 1 "${flow[@]}" "$1" "$3" "${@:4}" -output zero -output_overwrite && cmp {minus,zero}/density-000001.h5
}
claim "an interaction may start with a minus" same -energy_interaction '-exp(-r^2/0.1)' '0-exp(-r^2/0.1)' -energy_terms entropy,interaction
claim "a potential may" same -energy_potential '-cos(3*x)' '0-cos(3*x)' -energy_terms entropy,potential

seam() { # seam FACES OPTION...: on 1 and 3 ranks as many faces are told
  local faces=$1 ranks
  shift
  for ranks in 1 3; do
    jko $ranks "${flow[@]}" -energy_terms entropy,potential "$@" > out 2> err || return 1
    [ "$(grep -c '^jko: warning: .* jumps by .* across the periodic face' err)" = "$faces" ] || { echo "$ranks ranks" && cat err && return 1; }
  done
}
ring=(-grid_boundary periodic -energy_potential 1)
claim "a constant force on a ring is told" seam 1 "${ring[@]}" -energy_potential '0-x'
claim "as is a tilted periodic potential" seam 1 "${ring[@]}" -energy_potential 'cos(2*pi*x)-0.2*x'
claim "a periodic one is not" seam 0 "${ring[@]}" -energy_potential 'cos(2*pi*x)+0.3*sin(6*pi*x+1)'
claim "nor one with a kink" seam 0 "${ring[@]}" -energy_potential 'min(abs(x-0.3),1-abs(x-0.3))'
claim "nor a step among steps" seam 0 "${ring[@]}" -energy_potential 'x<0.4?1:0'
claim "nor one between walls" seam 0 -energy_potential '0-x'
claim "each periodic axis has its own" seam 2 -grid_n 24,16 "${ring[@]}" -energy_potential 'x+2*y'
claim "a coefficient has one as well" seam 1 "${ring[@]}" -energy_entropy_coefficient '1+x'
claim "a pressure" seam 1 "${ring[@]}" -energy_terms internal,potential -energy_internal '(1+x)*log(rho)'
claim "and a density" seam 1 "${ring[@]}" -density '1+x'
finish
