#!/usr/bin/env bash
# The columns of the monitors against the densities of the run, recomputed by other means, and against what theory says of the flow.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
check=$PWD/tests/monitor/check.py
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
all=(-jko_monitor_energy -jko_monitor_moments -jko_monitor_kl -jko_monitor_w2 -jko_monitor_production -jko_monitor_balance -jko_monitor_inequalities)
process=(-grid_n 96,80 -grid_lower -0.6,-0.5 -grid_upper 0.6,0.5 -density 'exp(-((x+0.15)^2+(y-0.1)^2)/0.008)' -energy_terms entropy,potential
  -energy_entropy_coefficient 0.1 -energy_potential '20*x^2+25*y^2' -monitor_target gibbs -jko_dt 1e-3 -output_interval 10)

check() { "$PYTHON" "$check" "$@"; }

claim "an Ornstein-Uhlenbeck flow is monitored" jko 2 "${process[@]}" "${all[@]}" -monitor_w2_interval 10 -jko_type extrapolated -jko_max_time 0.04 \
  -output_fields density,velocity,potential -output_interpolate 3 -output ou
claim "the columns of old come first and as they were" grep -q '^step,time,dt,epsilon,energy,entropy,mass,kl,w2_step,w2_target,dissipation,iterations,residual,gap,min,max,wall,energy_entropy,energy_potential,mean_x,mean_y,var_x,var_y,cov_xy,kl_gibbs,w2_rate,w2_target_error,production,fisher,balance_w2,balance_production,excess,kl_decay,w2_decay,log_sobolev,talagrand,hwi,violated$' ou/history.csv
for what in moments energies divergence production velocity potential; do
  claim "$what are what the density says" check "$what" ou
done
claim "W2 to the target is filled where it is asked for, and right within its error" check w2 ou
claim "the energy dissipation balance closes" check balance ou
claim "decay is as fast as theory says, no inequality is violated" check decay ou
claim "the film has the outputs, three densities between each two, exact mass and no negative cell" check film ou
claim "in between, a Gaussian stays one and moves evenly" check between ou

refuses() { # refuses STATUS TEXT OPTION...
  local status=$1 text=$2
  shift 2
  jko 1 "$@" > out 2> err
  [ $? = "$status" ] && [ "$(grep -c '^jko: error' err)" = 1 ] && grep -qF -- "error: $text" err || { cat err && return 1; }
}
warns() { # warns OPTION...: a wrong constant is told, once for each inequality, and counted in the file
  jko 3 "${process[@]}" -jko_monitor_inequalities -jko_max_steps 8 -monitor_lambda 80 -output wrong 2> err > /dev/null || return 1
  [ "$(grep -c '^jko: warning: .*kl_decay' err)" = 1 ] && [ "$(grep -c '^jko: warning: .*log_sobolev' err)" = 1 ] && check violated wrong
}
claim "a violated inequality is a warning and a number in the file" warns
quiet() { [ -z "$(jko 1 "${process[@]}" -jko_monitor_inequalities -jko_max_steps 8 -output right 2>&1 > /dev/null)" ]; }
claim "a right one is not" quiet
claim "W2 without a target is refused" refuses 2 "-monitor_w2_interval: W2 to what?" -grid_n 16 -density 1 -energy_terms power -jko_dt 1e-3 -jko_max_steps 1 -monitor_w2_interval 1
claim "inequalities of an energy without Gibbs state are refused" refuses 2 "-jko_monitor_inequalities: they are known for" -grid_n 16 -density 1 -energy_terms power -jko_dt 1e-3 -jko_max_steps 1 -jko_monitor_inequalities
claim "a constant that is no number is refused" refuses 2 "-monitor_lambda: 'fast' given" "${process[@]}" -jko_max_steps 1 -jko_monitor_inequalities -monitor_lambda fast
claim "an unknown field is refused" refuses 2 "-output_fields: 'speed' is not known" "${process[@]}" -jko_max_steps 1 -output no -output_fields density,speed
claim "a film without a folder is refused" refuses 2 "-output_interpolate has nowhere to write" "${process[@]:0:16}" -jko_max_steps 1 -output_interpolate 2

well=(-grid_n 128 -grid_lower -2 -grid_upper 2 -density 'exp(-(x-0.05)^2/0.02)' -energy_terms entropy,potential -energy_entropy_coefficient 0.5
  -energy_potential '(x^2-1)^2' -monitor_target gibbs -jko_type extrapolated -jko_dt 1e-2)
claim "a double well is monitored" jko 2 "${well[@]}" -jko_monitor_inequalities -jko_monitor_kl -monitor_w2_interval 40 -jko_max_time 4 -output well
claim "its convexity is that of V; its decay is below the bound of Holley and Stroock, and ends at the spectral gap" check well well

sharp=(-grid_n 256 -grid_lower -2 -grid_upper 2 -energy_terms entropy,potential -energy_entropy_coefficient 0.5 -energy_potential '1.5*x^2' -jko_dt 2e-2)
claim "a density with deep tails is filmed" jko 1 "${sharp[@]}" -density 'exp(-(x+0.8)^2/0.045)' -jko_max_steps 10 -output_interval 5 -output_interpolate 1 -output sharp
claim "and is where it should be in between" check halves sharp
claim "two of its outputs are compared" jko 2 "${sharp[@]}" -density_file sharp/density-000005.h5 -monitor_target sharp/density-000010.h5 -monitor_w2_interval 1 \
  -jko_monitor_geodesic -jko_max_steps 1 -output pair
claim "the energy is as convex on the way from one to the other as between Gaussians" check pair sharp pair

part() { # part NAME: the film of a flow that was interrupted between two outputs is that of one that was not
  jko 2 "${process[@]}" -jko_max_steps 20 -output_interpolate 2 -checkpoint_interval 7 -output whole > /dev/null || return 1
  jko 2 "${process[@]}" -jko_max_steps 14 -output_interpolate 2 -checkpoint_interval 7 -output parts > /dev/null || return 1
  rm parts/density-000014.h5
  jko 2 "${process[@]}" -jko_max_steps 20 -output_interpolate 2 -checkpoint_interval 7 -output parts -restart auto > /dev/null || return 1
  cmp whole/film.xdmf parts/film.xdmf && check same whole parts
}
claim "a film goes on after a restart" part
finish
