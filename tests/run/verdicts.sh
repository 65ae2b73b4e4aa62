#!/usr/bin/env bash
# What is measured is judged at the end of a run: a flow that cannot be trusted says why, on any number of ranks, a sound one says nothing.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

verdicts() { # verdicts FOLDER: the names in its log, and that each is whole
  "$PYTHON" -c "import json
verdicts = json.load(open('$1/run.log.json'))['verdicts']
assert all(set(v) == {'name', 'text', 'value', 'limit'} and len(v['text']) > 20 for v in verdicts), verdicts
print(' '.join(v['name'] for v in verdicts))"
}
told() { # told NAMES OPTION...: on 1 and 3 ranks these judges speak, in the log and with a line each on stderr, and the status is 0
  local names=$1 ranks got
  shift
  for ranks in 1 3; do
    rm -rf run && jko $ranks "$@" -jko_monitor quiet -output run > out 2> err || { cat err && return 1; }
    got=$(verdicts run)
    [ "$got" = "$names" ] && [ "$(grep -c '^jko: warning: ' err)" = "$(wc -w <<< "$names")" ] || { echo "$ranks ranks: '$got'" && cat err && return 1; }
  done
}

heat=(-grid_n 64 -density 'exp(-(x-0.5)^2/0.01)' -energy_terms entropy -energy_entropy_coefficient 0.1)
claim "a sound flow says nothing" told "" "${heat[@]}" -jko_dt 2e-3 -jko_max_steps 5
claim "steps too short for the grid are longer than a JKO step" told "length epsilon" "${heat[@]}" -jko_dt 1e-6 -jko_max_steps 5
claim "as is a flow whose eps is held up by the widest cell" told "length epsilon" -grid_n 48,48 -grid_upper 2,24 \
  -density 'exp(-40*(x-1)^2)*exp(-40*(y/12-1)^2)' -energy_terms entropy -energy_entropy_coefficient 0.2 -jko_dt 0.002 -jko_max_steps 4
claim "a crowd in long steps gains energy" told "energy length" -grid_n 96 -grid_lower -1.5 -grid_upper 1.5 -density 'abs(x+0.6)<0.4?1:0' \
  -energy_terms congestion,potential -energy_congestion_max 3 -energy_potential '2*(x-0.3)^2' -jko_dt 1 -jko_max_steps 6
claim "a diffusivity that falls in the step is outgrown by eps" told epsilon -grid_n 300 -grid_lower -1.5 -grid_upper 1.5 \
  -density 'max(0,1-((x-0.2)/0.1)^2)' -energy_terms power -energy_power_exponent 4 -jko_dt 5e-4 -jko_max_steps 3
claim "as is that of a slow species beside a fast one" told epsilon -species a,b -grid_n 128 -grid_lower -1 -grid_upper 1 \
  -a_density 'exp(-50*x^2)' -b_density 'exp(-50*x^2)' -a_energy_terms entropy -b_energy_terms entropy -b_energy_entropy_coefficient 1e-3 \
  -jko_dt 5e-3 -jko_max_steps 3
claim "a density that collapses is told with its step" told "rest width" -grid_n 64,64 -grid_lower -1 -grid_upper 1 -density 'exp(-20*r^2)' \
  -density_mass 40 -energy_terms entropy,interaction -energy_interaction_kernel newtonian -jko_dt 0.01 -jko_max_steps 40
claim "solves that are left early have a gap" told gap "${heat[@]}" -jko_dt 2e-3 -jko_max_steps 5 -sinkhorn_tol 3e-2
claim "as have those of fast diffusion in thin tails by the wrong accelerator" told "rest gap" -grid_n 1600 -grid_lower -40 -grid_upper 40 \
  -density '1/(1+abs(x))^4' -energy_terms power -energy_power_exponent 0.5 -jko_type extrapolated -jko_dt 0.1 -jko_max_steps 1 -sinkhorn_type elliptic

below=(-energy_terms entropy,potential -jko_dt 1e-2 -jko_max_steps 1)
claim "a start that is narrower than a cell is told" told cell -grid_n 64 -density '1+20*exp(-((x-0.5)/0.008)^2)' "${below[@]}" -energy_potential x
claim "as is a wave that the cells do not see" told cell -grid_n 64 -density 1 "${below[@]}" -energy_potential 'cos(128*pi*x)'
claim "and a ridge in a plane" told "cell rest" -grid_n 40,40 -density 1 "${below[@]}" -energy_potential '0.1*exp(-((x-y-0.0125)/0.008)^2)'
claim "a mask is not, however few its cells" told "" -grid_n 32 -density 'abs(x-0.51)<0.08?1:0' "${below[@]}" -energy_potential 'x<0.71?1:0'
claim "nor a disc" told "" -grid_n 32,32 -density 'r<0.2?1:0.1' "${below[@]}" -energy_potential 'max(0,1-10*r^2)'
claim "nor a pole, nor what does not vary" told "" -grid_n 32 -density '1+1e-12*cos(200*x)' "${below[@]}" -energy_potential '0.1*log(abs(x-0.5))'

again() { # on 1 and 3 ranks a run that is gone on with tells of the steps before, as it did when it ended there
  local ranks
  for ranks in 1 3; do
    rm -rf run
    jko $ranks "${heat[@]}" -jko_dt 2e-3 -jko_monitor quiet -output run -jko_max_steps 3 -checkpoint_interval 3 -sinkhorn_tol 3e-2 2> err || return 1
    jko $ranks "${heat[@]}" -jko_dt 2e-3 -jko_monitor quiet -output run -jko_max_steps 5 -restart auto 2> err || return 1
    grep -q 'gap was above .* in 3 of 5 steps, first in step 1' err && [ "$(verdicts run)" = gap ] || { echo "$ranks ranks" && cat err && return 1; }
  done
}
claim "a restart forgets none of it" again
finish
