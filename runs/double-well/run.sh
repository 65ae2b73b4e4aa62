#!/usr/bin/env bash
# The main job: the 2-D double well at 256 x 256 on 2 ranks, from a narrow Gaussian on the saddle to the Gibbs state exp(-V/D).
#   runs/double-well/run.sh [OPTION ...]    options are handed to jko and win over the preset's
#   runs/double-well/run.sh coarse|full     its numbers, beside theory
set -eu
case ${1:-} in coarse | full)
  . "$(dirname "$0")/../begin.sh"
  tabulate
  exit ;;
esac
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
folder=runs/double-well
$MPIRUN -n 2 "$BUILD/jko" -options_file petsc-options/problems/double-well-2d.opts -output "$folder" -output_overwrite -output_interval 10 "$@"
echo
echo "In $folder/:"
echo "  history.csv         one row per step: energy, entropy, mass, KL to exp(-V/D), W2 between steps, ..."
echo "  density-*.h5        netCDF-4 densities: ncdump -h, xarray.open_dataset, ParaView (open flow.xdmf)"
"$PYTHON" - "$folder/history.csv" << 'END'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
first, last = rows[0], rows[-1]
print(f"  KL(rho | exp(-V/D)) fell from {float(first['kl']):.3g} to {float(last['kl']):.3g}; "
      f"mass changed by {abs(float(last['mass']) - float(first['mass'])):.1e}")
END
"$PYTHON" runs/plot.py "$folder" > /dev/null && echo "  report.html         one page with the film, densities, decay and effort"
