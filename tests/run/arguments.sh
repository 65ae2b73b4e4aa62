#!/usr/bin/env bash
# What the program refuses: one line on stderr from one rank that names the option, the right exit status, nothing on disk, on 1 and 3 ranks.
set -u
cd "$(dirname "$0")/../.."
root=$PWD
. tests/support/environment.sh
. tests/support/tap.sh
. tests/support/refused.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
echo "not HDF5" > text.h5
echo "not an option" > bad.opts
printf '%s\n' '-grid_n 16' '-jko_dt 1e-3' > good.opts

whole=(-grid_n 16 -density 1 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2 -output_overwrite -output made)
lack() { # lack TEXT OPTION...: the run that is nothing but these
  local text=$1
  shift
  claim "refused without it: $text" refused 2 "$text" "$@"
}

refuse 2 "-jko_dtt is not an option; did you mean -jko_dt?" -jko_dtt 1
refuse 2 "-energy_entropy_coeficient is not an option; did you mean -energy_entropy_coefficient?" -energy_entropy_coeficient 1
refuse 2 "-energy_drift_fil is not an option; did you mean -energy_drift_file?" -energy_terms drift:potential -energy_drift x -energy_drift_fil f
refuse 2 "-energy_power_exponent has no effect: add power to -energy_terms" -energy_power_exponent 2
for stray in x_grid_n log_vieww; do refuse 2 "-$stray is not an option; did you mean -" -$stray 1; done
for stray in da_refine dm_vec_type mpi_threads; do refuse 2 "-$stray is not an option; \`jko -help all\` lists them" -$stray 1; done
refuse 2 "-sinkhorn_snes_max_itt is not an option; did you mean -sinkhorn_snes_max_it?" -sinkhorn_snes_max_itt 3
refuse 2 "-jko_dt: 'abc' is not a number" -jko_dt abc
refuse 2 "-jko_dt: " -jko_dt -1
refuse 2 "-jko_dt has no value" -jko_dt -jko_monitor
refuse 2 "-jko_max_steps: '1.5' is not an integer" -jko_max_steps 1.5
refuse 2 "-jko_max_steps: '-2147483649' is beyond the largest integer" -jko_max_steps -2147483649
refuse 2 "-grid_n: '99999999999' is beyond the largest integer" -grid_n 8,99999999999
refuse 2 "'two?lines' belongs to no option" two$'\n'lines
refuse 2 "-jko_compensate: 'maybe' is neither true nor false" -jko_compensate maybe
refuse 2 "-jko_epsilon: 'soft' is neither auto nor a positive number" -jko_epsilon soft
refuse 2 "-jko_epsilon" -jko_epsilon 1e-9
refuse 2 "-jko_type: 'eule' is not known" -jko_type eule
refuse 2 "-sinkhorn_snes_type: 'nothing' is not a known type" -sinkhorn_snes_type nothing
refuse 2 "Lag cannot be 0 (PETSc, SNESSetLagJacobian); of its solvers these options are given: -sinkhorn_snes_lag_jacobian" -sinkhorn_type snes -sinkhorn_snes_lag_jacobian 0
refuse 2 "-sinkhorn_snes_lag_jacobian has no effect: no solver in use asks for it; options that begin so are those of -sinkhorn_type snes" -sinkhorn_snes_lag_jacobian 2
refuse 2 "-sinkhorn_type: 'newton' is not known; use one of " -sinkhorn_type newton
refuse 2 "-sinkhorn_snes_type: ngmres asks for -sinkhorn_type snes, not elliptic" -sinkhorn_type elliptic -sinkhorn_snes_type ngmres
refuse 2 "-sinkhorn_snes_type: weightedanderson asks for -sinkhorn_type anderson, not snes" -sinkhorn_type snes -sinkhorn_snes_type weightedanderson
refuse 2 "-sinkhorn_anderson_depth: 21 is not between 1 and 20" -sinkhorn_anderson_depth 21
refuse 2 "-sinkhorn_anderson_depth: 0 is not between 1 and 20" -sinkhorn_snes_anderson_depth 0
refuse 2 "-sinkhorn_anderson_depth has no effect without -sinkhorn_type anderson" -sinkhorn_type elliptic -sinkhorn_anderson_depth 5
refuse 2 "-grid_n: 'a' is not an integer" -grid_n 16,a
refuse 2 "-grid_n: 4 sizes given" -grid_n 4,4,4,4
refuse 2 "-grid_upper" -grid_upper 0
refuse 2 "-grid_boundary: 'wall' is not known" -grid_boundary wall
for option in grid_x refine refine_x overlap; do refuse 2 "-grid_da_$option" -grid_da_$option 2; done
refuse 2 "-grid_dm_vec_type" -grid_dm_vec_type seq
refuse 2 "-grid_obstacle: all 16 cells are walls" -grid_obstacle 1
refuse 2 "-grid_obstacle: unexpected token" -grid_obstacle 'x>foo'
refuse 2 "-grid_obstacle and -grid_obstacle_file are both given" -grid_obstacle 1 -grid_obstacle_file text.h5
refuse 4 "-grid_obstacle_file: 'text.h5' is not an HDF5 file" -grid_obstacle_file text.h5
refuse 2 "-density: all of its mass is in walls" -grid_obstacle x-0.5 -density 'x>0.6?1:0'
refuse 2 "-kernel_type: gaussian does not go round obstacles; use heat" -grid_obstacle x-0.5 -kernel_type gaussian
refuse 2 "-jko_epsilon: 0.01 is below 0.0175781, where the kernel's width is 1.5 cells" -kernel_type heat -jko_epsilon 0.01
refuse 2 "-kernel_type: 'heavy' is not known; use one of " -kernel_type heavy
refuse 2 "-grid_da_processors_x: 0 given" -grid_da_processors_x 0
refuse 2 "-grid_da_processors_x: 17 ranks given for 16 cells" -grid_da_processors_x 17
refuse 2 "-grid_da_processors: 2 ranks are shared out, there are" -grid_da_processors_x 2
refuse 2 "-grid_da_processors_y: the grid has no such axis" -grid_da_processors_y 1
refuse 2 "entropi" -energy_terms entropi
refuse 2 "-density: unexpected operator \"*\" at character 3 of 'x+*y'" -density 'x+*y'
refuse 2 "-density: '=' at character 2" -density 'x=3'
refuse 2 "-density: the value at x=0.03125 is inf" -density '1/0'
refuse 2 "-density: the value at x=0.03125 is -0.46875" -density 'x-0.5'
refuse 2 "-density: the mass is 0" -density 0
refuse 2 "-density has no value" -density ''
refuse 2 "-density_mass: " -density_mass -1
refuse 2 "-energy_potential: " -energy_terms entropy,potential -energy_potential 'x+'
refuse 2 "'-x^2' is taken for an option" -energy_terms entropy,potential -energy_potential 0 '-x^2'
refuse 2 "'stray' belongs to no option" stray
refuse 2 "-density and -density_file are both given" -density_file text.h5
refuse 2 "-output_interval: -1 given; at least 0 is needed" -output_interval -1
refuse 2 "-output_times: " -output_times -0.5
refuse 2 "-output_times: 7. is after the end, -jko_max_time 1." -jko_max_time 1 -output_times 0.5,7
refuse 2 "-checkpoint_keep: 0 given; at least 1 is needed" -checkpoint_keep 0
refuse 2 "-monitor_target: unexpected token" -monitor_target 'foo(x)'
refuse 2 "-monitor_target: gibbs is not known for this energy" -energy_terms power -monitor_target gibbs
refuse 2 "the folder '/dev/null/x' cannot be made" -output /dev/null/x
refuse 2 "bad.opts" -options_file bad.opts
refuse 4 "-options_file: 'none.opts' cannot be read" -options_file none.opts
refuse 4 "-monitor_target: 'none.h5' is not there" -monitor_target none.h5
refuse 4 "-restart: 'none.h5' is not there" -restart none.h5
refuse 4 "-restart: 'text.h5' is not an HDF5 file" -restart text.h5
claim "an initial density that is no HDF5 file is refused" refused 4 "-density_file: 'text.h5' is not an HDF5 file" \
  -grid_n 16 -density_file text.h5 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2
lack "-grid_n is missing" -density 1
lack "; -grid_nn is not an option; did you mean -grid_n?" -grid_nn 16 -density 1
lack "the initial density is missing" -grid_n 16 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2
lack "-jko_dt is missing" -grid_n 16 -density 1 -energy_terms entropy -jko_max_steps 2
lack "give -jko_max_time or -jko_max_steps" -grid_n 16 -density 1 -energy_terms entropy -jko_dt 1e-3
lack "-output_interval has nowhere to write: give -output" -grid_n 16 -density 1 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2 -output_interval 1
lack "-checkpoint_interval has nowhere to write: give -output" -grid_n 16 -density 1 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2 -checkpoint_interval 1
lack "-restart: auto has nowhere to look: give -output" -grid_n 16 -density 1 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 2 -restart auto
lack "-energy_terms" -grid_n 16 -density 1 -jko_dt 1e-3 -jko_max_steps 2

claim "no arguments: a usage line and status 2" exits 2 '^usage: jko ' jko 2
claim "-version tells the version" exits 0 '^jko [0-9]+\.[0-9]+\.[0-9]+$' jko 2 -version
claim "-help names the options of a first run and ends with 0" exits 0 '^  -jko_dt NUMBER' jko 2 -help
claim "-help needs no other option and does not mind wrong ones" exits 0 '^  -grid_n N' jko 1 -help -jko_dt abc
head_of_help() { "$program" -help | head -n 1; }
claim "docs/options.md is what -help says (make docs)" sh -c "cd '$root' && docs/options.sh '$work/options.md' && diff '$work/options.md' docs/options.md"
claim "-help into a pipe that closes does not abort" exits 0 '^usage' head_of_help
claim "PETSc's own options are allowed" exits 0 'JKOStep' jko 2 "${whole[@]}" -log_view -options_left no -malloc_debug
claim "also those of its solvers that are asked for in a step" exits 0 'Linear sinkhorn_elliptic_ solve converged' \
  jko 2 "${whole[@]}" -density 1+x -sinkhorn_type elliptic -sinkhorn_elliptic_ksp_view -sinkhorn_elliptic_ksp_converged_reason
claim "and those of its nonlinear ones" exits 0 'Nonlinear sinkhorn_ solve converged' \
  jko 2 "${whole[@]}" -density 1+x -sinkhorn_type snes -sinkhorn_snes_view -sinkhorn_snes_converged_reason
for pair in weightedanderson:anderson elliptic:elliptic; do
  claim "-sinkhorn_snes_type ${pair%:*} is -sinkhorn_type ${pair#*:}" exits 0 "step solver: ${pair#*:} until" \
    jko 2 "${whole[@]}" -density 1+x -sinkhorn_snes_type "${pair%:*}" -jko_view
done
claim "any other is PETSc's" exits 0 'step solver: snes until' jko 2 "${whole[@]}" -density 1+x -sinkhorn_snes_type ngmres -jko_view
events() { # events NAME...: -log_view counts them
  local name
  for name; do grep -qE "^$name +[1-9]" both || { echo "no $name" && return 1; }; done
}
claim "a run of two ranks that reads and writes is timed" exits 0 JKOStep jko 2 "${whole[@]}" -density 1+x -output timed -monitor_target made/density-000000.h5 -log_view
claim "its kernel, halo, prox, acceleration and files have times of their own" events Kernel_Apply Kernel_Halo SinkhornProx SinkhornAccel FieldWrite FieldRead
claim "an options file is read" exits 0 'step +2' jko 2 -options_file good.opts -density 1 -energy_terms entropy -jko_max_steps 2
claim "numbers below zero are values" exits 0 'step +2' jko 2 "${whole[@]}" -grid_lower -1
finish
