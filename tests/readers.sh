#!/usr/bin/env bash
# What a run leaves is opened by the programs that it is for and that are too large for every check: ParaView's readers, a browser, ffmpeg.
#   make check-readers
set -u
cd "$(dirname "$0")/.."
. tests/support/environment.sh
. tests/support/tap.sh
root=$PWD
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

read_series() { # read_series RANKS SIZES CORNER
  local sizes=${2//,/ }
  rm -rf out
  # shellcheck disable=SC2086
  jko "$1" -grid_n "$2" -grid_upper "${4}" -density "$3 ? 9 : 1 + x + 10*y + 100*z" -density_mass 0 -energy_terms entropy -jko_dt 1e-4 -jko_max_steps 2 \
    -output out -output_interval 1 -output_fields density,velocity,potential -output_interpolate 1 -jko_monitor quiet && "$PYTHON" "$root/tests/readers.py" out $sizes
}
browse() { # browse PAGE N: a browser decodes its N pictures, says nothing on its console and asks for no other file
  { sed 's|</body>||; s|</html>||' "$1" && echo '<script>window.onload = () => {
      const images = [...document.images];
      document.title = "pictures " + images.filter(i => i.complete && i.naturalWidth > 100).length + " of " + images.length +
        " fetched " + performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).length;
    }</script></body></html>'; } > probe.html
  timeout 100 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=5000 --dump-dom "file://$PWD/probe.html" > dom 2> err
  grep -q "<title>pictures $2 of $2 fetched 0</title>" dom || { grep -o '<title>[^<]*' dom && tail -n 3 err && return 1; }
}

claim "ParaView reads a 1-D series" read_series 1 24 "x > 23./24" 1
claim "ParaView reads a 2-D series" read_series 2 9,7 "x > 8./9 && y > 12./7" 1,2
for ranks in 1 3; do claim "ParaView reads a 3-D series of $ranks ranks, its marked corner last" read_series $ranks 6,5,4 "x > 5./6 && y > 8./5 && z > 9./4" 1,2,3; done
walls() { # ParaView shows the walls where they are
  jko 2 -grid_n 12,8 -density 1 -grid_obstacle 'x > 0.4 && y > 0.6' -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 1 -output walled -jko_monitor quiet && "$PYTHON" -c "
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader
reader = vtkXdmfReader()
reader.SetFileName('walled/flow.xdmf')
reader.Update()
data = reader.GetOutputDataObject(0)
wall = vtk_to_numpy(data.GetPointData().GetArray('wall'))
for i, w in enumerate(wall):
    x, y, _ = data.GetPoint(i)
    assert (w > 0) == (x > 0.4 and y > 0.6), (x, y, w)"
}
claim "ParaView shows walls" walls
claim "a flow runs" jko 2 -options_file "$root/petsc-options/problems/double-well-2d.opts" -grid_n 48,60 -jko_max_steps 12 -output run -output_interval 2
claim "and is drawn" "$PYTHON" "$root/runs/plot.py" run
claim "a browser shows the page" browse run/report.html 4
claim "ffmpeg reads the film" sh -c "[ \"\$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 run/film.mp4)\" = 19 ]"
finish
