#!/usr/bin/env bash
# docs/notebook.md does what it says: its command and its Python, in that order.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/{/^\`\`\`/d;p}" docs/notebook.md; }
block sh > "$work/run.sh"
{ echo 'import matplotlib; matplotlib.use("Agg")' && block python; cat << 'E2'
import numpy, h5py
assert flow.density.dims == ("time", "y", "x") and flow.sizes["time"] == 11 and len(history) == 101
assert abs(flow.density.sum(["x", "y"]) * cell - 1).max() < 1e-12 and abs(left - 0.5).max() < 1e-6
assert across.dims == ("time", "x") and then.shape == (120, 96) and abs(float(then.sum()) * cell - 1) < 1e-12
assert history.kl.iloc[-1] < 1e-3 * history.kl.iloc[0]
assert (h5py.File("start.h5")["density"][...] == h5py.File("out/density-000100.h5")["density"][...]).all()
E2
} > "$work/cells.py"

claim "the example has a command and ten lines of Python" sh -c "[ \$(wc -l < '$work/run.sh') = 1 ] && [ \$(wc -l < '$work/cells.py') -gt 15 ]"
ln -s "$PWD/petsc-options" "$work/petsc-options" && mkdir "$work/build" && ln -s "$program" "$work/build/jko"
cd "$work" || exit 1
claim "the command runs" timeout 100 bash run.sh
claim "the cells run" timeout 100 "$PYTHON" cells.py
claim "what the notebook wrote is a density" jko 1 -grid_n 96,120 -grid_lower -2,-2.5 -grid_upper 2,2.5 -density_file start.h5 -energy_terms entropy \
  -jko_dt 1e-2 -jko_max_steps 1
finish
