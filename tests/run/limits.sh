#!/usr/bin/env bash
# Numbers and sizes at the ends of what they can be: a flow, or one line that names the option; never a traceback, a crash or a loop.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
. tests/support/refused.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
whole=(-grid_n 16 -density "exp(-10*(x-0.4)^2)" -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2 -output made)
many() { printf "%0.s$1" $(seq "$2"); }

# boxes
refuse 2 "-grid_upper: [0., 1e+300] along axis x; lengths are between 1e-50 and 1e+50" -grid_upper 1e300
refuse 2 "-grid_upper: [0., 1e-300] along axis x; lengths are between 1e-50 and 1e+50" -grid_upper 1e-300
refuse 2 "its 16 cells are lost in round-off, move the origin to the box" -grid_lower 1e20 -grid_upper 100000000000000100000.
refuse 2 "-grid_n: the flow takes about" -grid_n 100000,100000,100000
refuse 2 "-grid_n: " -grid_n 2147483647
claim "a single cell has a kernel, of either type" eval 'jko 1 -grid_n 1 -density 1 -energy_terms entropy -jko_dt 1 -jko_max_steps 1 &&
  jko 1 -grid_n 1,1 -density 1 -energy_terms entropy -jko_dt 1 -jko_max_steps 1 -kernel_type heat'
claim "an axis of one cell may be of any width" exits 0 "step +1" jko 1 -grid_n 16,1 -grid_upper 1,1e-7 -density 1+x -energy_terms entropy \
  -jko_dt 1 -jko_max_steps 1 -kernel_type heat

# masses
for mass in 1e100 1e-100 1e300 1e-320; do refuse 2 "-density_mass: " -density_mass $mass; done
refuse 2 "the density has the mass 1e+100; masses are between 1e-60 and 1e+60" -density 1e100 -density_mass 0
claim "masses of 1e60 and 1e-60 flow" eval 'for m in 1e60 1e-60; do jko 1 "${whole[@]}" -output m$m -density_mass $m || exit; done'

# steps
lost=(-jko_type extrapolated -jko_adapt basic -jko_max_time 0.1 -jko_max_steps 1000)
gives_up() { jko "$@" > both 2>&1; [ $? = 3 ] && [ "$(grep -c 'jko: error' both)" = 1 ] && grep -q 'after 20 shorter and shorter ones, is wrong by' both; }
for n in 1 3; do
  claim "adaptive steps without diffusion give up with a line, on $n ranks" gives_up $n "${whole[@]}" -energy_terms potential \
    -energy_potential "(x-0.7)^2" -jko_dt 1e-2 -jko_monitor quiet -output given-up-$n "${lost[@]}"
done
refuse 2 "-jko_dt: '2e-323' is out of range" -jko_dt 2e-323
claim "more steps than can be counted are refused" refused 2 "-jko_dt: 1e-20 makes 1e+20 steps until -jko_max_time 1.; at most 2147483647" \
  -grid_n 16 -density 1 -energy_terms entropy -jko_dt 1e-20 -jko_max_time 1
claim "a step beyond the end is cut" exits 0 "step +1 +t 0.1 " jko 1 "${whole[@]}" -output cut -jko_dt 1e300 -jko_max_time 0.1
claim "a tiny step between two times to hit is taken" jko 1 "${whole[@]}" -output near -jko_max_steps 10 -output_times 1e-3,0.0010000000000000002

# words
for word in a 1 '#' '~' "'"; do refuse 2 "the word at character 3" -density "x+$(many "$word" 2900)"; done
refuse 2 "the quotation mark at character 3" -density 'x+"text"'
refuse 2 "-output_interpolate: 2147483647 given; at most 10000 are possible" -output_interpolate 2147483647
# solvers of PETSc's
for type in ms ngs nasm aspin patch shell composite fas ksponly newtontrdc vinewtonrsls; do
  refuse 2 "-sinkhorn_snes_type: $type does not solve fixed points" -sinkhorn_snes_type $type
done
refuse 2 "-sinkhorn_npc_snes_type: ngs does not solve fixed points" -sinkhorn_snes_type ngmres -sinkhorn_npc_snes_type ngs
refuse 2 "-sinkhorn_snes_type: newtonls wants a Jacobian, which there is not; give -sinkhorn_snes_mf" -sinkhorn_snes_type newtonls
refuse 2 "-sinkhorn_elliptic_ksp_type: pipelcg cannot solve" -sinkhorn_snes_type elliptic -sinkhorn_elliptic_ksp_type pipelcg
for type in gather gatherv allgather allgatherv window; do refuse 2 "-sf_type: '$type' cannot exchange" -sf_type $type; done
for option in rtol atol stol; do refuse 2 "-sinkhorn_snes_$option has no effect; give -sinkhorn_tol" -sinkhorn_snes_$option 1e-3; done
for option in max_it max_funcs; do refuse 2 "-sinkhorn_snes_$option has no effect; give -sinkhorn_max_it" -sinkhorn_snes_$option 3; done
stops() { # stops TYPE...: a first SIGTERM ends an endless solve
  "$program" -grid_n 300,300 -density "exp(-10*(x-0.4)^2)" -energy_terms power -energy_power_exponent 3 -jko_dt 0.02 -jko_max_steps 3 \
    -sinkhorn_tol 1e-300 -sinkhorn_max_it 1000000 -jko_coarse_first 0 -sinkhorn_snes_type "$@" > "stop$1" 2>&1 &
  local pid=$! begun=$SECONDS
  sleep 1
  kill -TERM $pid
  wait $pid
  [ $? = 143 ] && [ $((SECONDS - begun)) -lt 20 ] && grep -q "stopped by SIGTERM" "stop$1"
}
claim "newtonls ends at the first SIGTERM" stops newtonls -sinkhorn_snes_mf
claim "ngmres ends at the first SIGTERM" stops ngmres

# memory
whole=(-grid_n 16 -density 1+x -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 1 -output made)
refuse 2 "-grid_n: the flow takes about" -grid_n 46000,46000
refuse 2 "-grid_n: the flow takes about" -grid_n 1290,1290,1290 -jko_type sdirk
limited() { # limited KIB OPTION...: with so much room for addresses
  (ulimit -v "$1" && shift && jko 1 "${whole[@]}" -output_overwrite "$@") > short.out 2> short
}
short() { # in little more room than a small flow needs
  local room=200000
  until limited $room -grid_n 16; do
    room=$((room + 50000))
    [ $room -lt 2000000 ] || return 0 # a program that is watched takes all there is
  done
  limited $room -grid_n 2000,1000
  [ $? = 2 ] && grep -q '^jko: error: -grid_n: no memory is left on rank 0 of 1' short && [ "$(wc -l < short)" = 1 ] || { cat short; return 1; }
}
claim "a flow that finds no memory says so in a line" short
unwatched() { # a build with sanitizers takes more
  case $BUILD in *sanitize*) ;; *) "$@" ;; esac
}
within() { # within OPTION...: the told memory is what the run takes at most, to a fifth
  "$PYTHON" - "$program" "${whole[@]}" -jko_view -output_overwrite "$@" << 'END'
import re, resource, subprocess, sys
run = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
told, took = float(re.search(r'memory: about (\d+)', run.stdout).group(1)), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(told, took)
sys.exit(not 0.8 < told / took < 1.2)
END
}
smooth=(-energy_terms entropy,potential -energy_potential x^2 -density "exp(-20*(x-0.4)^2)")
unwatched claim "the told memory holds for anderson" within "${smooth[@]}" -grid_n 512,512 -sinkhorn_type anderson
unwatched claim "the told memory holds for elliptic" within "${smooth[@]}" -grid_n 64,64,64 -jko_dt 3e-3 -sinkhorn_type elliptic -jko_type extrapolated
unwatched claim "the told memory holds for sdirk" within "${smooth[@]}" -grid_n 512,512 -jko_type sdirk
finish
