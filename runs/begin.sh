# How the runs of published tables begin: `run.sh [coarse|full]`. To be sourced by them; sets size, and folder, where tables and figure go:
# beside run.sh at full size, in the build folder otherwise.
name=$(basename "$(cd "$(dirname "$0")" && pwd)")
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
size=${1:-coarse}
case $size in
  coarse) folder=$BUILD/runs/$name/coarse ;;
  full) folder=runs/$name ;;
  *) echo "$0: size $size; coarse or full" >&2; exit 2 ;;
esac
mkdir -p "$folder"
export PYTHONPATH=$PWD/runs PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1
"$PYTHON" -c 'import figures' || exit 2

flow() { # flow RANKS OPTION...: a run of jko into the folder, for the tables and the figure
  local ranks=$1
  shift
  rm -rf "$folder/out"
  $MPIRUN -n "$ranks" "$BUILD/jko" -output "$folder/out" -jko_monitor quiet "$@"
}

tabulate() { # the tables, then their figure also where a number has left its band
  local status=0
  "$PYTHON" "runs/$name/measure.py" "$size" "$folder" || status=1
  [ ! -f "$folder/result.txt" ] || "$PYTHON" "runs/$name/figure.py" "$folder" || status=1
  return $status
}
