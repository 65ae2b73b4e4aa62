/* log(K e^f) for fields of any range: every cell has an exponent of its own, e^f = m 2^e, and along an axis

     e'_i = max over |d| <= radius of e_{i+d},     m'_i = sum_d w_d m_{i+d} 2^(e_{i+d} - e'_i)

   the log-sum-exp in base 2, without an exponential per term: scaling by powers of two is exact, so the sums round as they would
   in a floating-point format of unlimited exponent range. Terms below 2^-900 of the largest are dropped.

   An axis is done in place, bundle of lines by bundle of lines. */
#include <jko/private/vecmath.h>
#include "gaussian.h"

enum { LANES = GROUP, VECTORS = LANES / SIMD_WIDTH }; /* lines in a bundle */
static const double EXACT_DROP = -900;

typedef SimdReal ExactRow[VECTORS]; /* one layer of a bundle */

/* Where line number p of an axis begins, and the distance of its layers. */
static PetscInt ExactLineStart(const KernelGaussian *gaussian, PetscInt axis, PetscInt p)
{
  const PetscInt *width = gaussian->width;

  return axis == 0 ? p * width[0] : axis == 1 ? p % width[0] + p / width[0] * width[0] * width[1] : p;
}

static PetscInt ExactStride(const KernelGaussian *gaussian, PetscInt axis)
{
  return axis == 0 ? 1 : axis == 1 ? gaussian->width[0] : gaussian->width[0] * gaussian->width[1];
}

/* One layer of lines p .. p + count - 1, missing lanes repeating the last line; the lines' places are start[], or consecutive. */
static void ExactCopyLayer(const PetscReal from[], PetscInt count, const PetscInt start[], PetscReal to[])
{
  if (count == LANES && start[LANES - 1] == start[0] + LANES - 1)
    for (int l = 0; l < LANES; l += SIMD_WIDTH) SimdStore(to + l, SimdLoad(from + start[0] + l));
  else
    for (PetscInt l = 0; l < LANES; l++) to[l] = from[start[PetscMin(l, count - 1)]];
}

/* Copies the window of lines p .. p + count - 1 from an array and its ghosts; ghost layer g starts at ghost + g * length. */
static void ExactGather(const KernelGaussian *gaussian, PetscInt axis, PetscInt p, PetscInt count, const PetscReal array[],
                        const PetscReal ghost[], PetscInt length, const PetscInt map[], ExactRow window[])
{
  const PetscInt width = gaussian->width[axis], radius = gaussian->axis[axis].radius, stride = ExactStride(gaussian, axis);
  const PetscInt bulk = axis == 0 && count == LANES ? width - width % SIMD_WIDTH : 0; /* own layers that are transposed */
  PetscInt       start[LANES], place[LANES];

  for (PetscInt l = 0; l < LANES; l++) {
    place[l] = p + PetscMin(l, count - 1);
    start[l] = ExactLineStart(gaussian, axis, place[l]);
  }
  TransposeIn(array + start[0], width, bulk, (PetscReal *)window[radius]);
  for (PetscInt j = 0; j < width + 2 * radius; j = j + 1 == radius ? radius + bulk : j + 1) {
    if (map[j] < width)
      ExactCopyLayer(array + map[j] * stride, count, start, (PetscReal *)window[j]);
    else
      ExactCopyLayer(ghost + (map[j] - width) * length, count, place, (PetscReal *)window[j]);
  }
}

static void ExactScatter(const KernelGaussian *gaussian, PetscInt axis, PetscInt p, PetscInt count, const ExactRow row[], PetscReal array[])
{
  const PetscInt width = gaussian->width[axis], stride = ExactStride(gaussian, axis);
  const PetscInt bulk = axis == 0 ? width - width % SIMD_WIDTH : 0;
  PetscReal     *line[LANES];

  for (PetscInt l = 0; l < count; l++) line[l] = array + ExactLineStart(gaussian, axis, p + l);
  TransposeOut((const PetscReal *)row, bulk, line, count);
  for (PetscInt i = bulk; i < width; i++)
    for (PetscInt l = 0; l < count; l++) line[l][i * stride] = ((const PetscReal *)row[i])[l];
}

/* largest[i] = max of e[i .. i + span - 1], by doubling: log2(span) sweeps. largest holds positions rows. */
static void ExactWindowMaximum(PetscInt positions, PetscInt span, const ExactRow e[], ExactRow largest[])
{
  PetscInt reach = 1;

  for (PetscInt j = 0; j < positions; j++)
    for (int v = 0; v < VECTORS; v++) largest[j][v] = e[j][v];
  while (reach < span) {
    const PetscInt step = PetscMin(reach, span - reach);

    for (PetscInt j = 0; j + reach + step <= positions; j++)
      for (int v = 0; v < VECTORS; v++)
        largest[j][v] = SimdSelect(largest[j][v] > largest[j + step][v], largest[j][v], largest[j + step][v]);
    reach += step;
  }
}

/* One output row of the bundle: m'_i with the exponent e'_i given. */
SIMD_INLINE void ExactSum(PetscInt span, const PetscReal weight[], const ExactRow m[], const ExactRow e[], const ExactRow largest,
                          ExactRow out)
{
  SimdReal sum[VECTORS];

  SIMD_UNROLL for (int v = 0; v < VECTORS; v++) sum[v] = SimdSet(0);
  for (PetscInt d = 0; d < span; d++) {
    SIMD_UNROLL for (int v = 0; v < VECTORS; v++)
    {
      const SimdReal shift = e[d][v] - largest[v];
      const SimdReal power = (SimdReal)((SimdInt)SimdPower2(shift) & (SimdInt)(shift > EXACT_DROP));

      sum[v] += weight[d] * (m[d][v] * power);
    }
  }
  SIMD_UNROLL for (int v = 0; v < VECTORS; v++) out[v] = sum[v];
}

static PetscErrorCode ExactExchange(KernelGaussian *gaussian, PetscInt axis, const PetscReal *ghost[])
{
  Halo            halo   = gaussian->axis[axis].halo;
  const PetscInt  stride = ExactStride(gaussian, axis), lines = gaussian->cells / gaussian->width[axis];
  const PetscInt *layer;
  PetscInt        count;
  PetscReal      *send;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Kernel_Halo, 0, 0, 0, 0));
  PetscCall(HaloGetSendLayers(halo, &count, &layer));
  PetscCall(HaloBegin(halo, 2 * lines, &send));
  for (PetscInt k = 0; k < count; k++)
    for (PetscInt p = 0; p < lines; p++) {
      const PetscInt i = ExactLineStart(gaussian, axis, p) + layer[k] * stride;

      send[2 * k * lines + p]       = gaussian->planes.data[i];
      send[(2 * k + 1) * lines + p] = gaussian->exponent.data[i];
    }
  PetscCall(HaloSend(halo));
  PetscCall(HaloEnd(halo, ghost));
  PetscCall(PetscLogEventEnd(Kernel_Halo, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ExactPass(KernelGaussian *gaussian, PetscInt axis)
{
  const KernelAxis *plan  = &gaussian->axis[axis];
  const PetscInt    width = gaussian->width[axis], span = 2 * plan->radius + 1, positions = width + span - 1;
  const PetscInt    lines = gaussian->cells / width;
  const PetscInt   *map;
  const PetscReal  *ghost;
  ExactRow         *m, *e, *largest;

  PetscFunctionBegin;
  PetscCall(HaloGetMap(plan->halo, NULL, &map));
  PetscCall(ExactExchange(gaussian, axis, &ghost));
  m       = (ExactRow *)gaussian->lines.data;
  e       = m + positions;
  largest = e + positions;
  for (PetscInt p = 0; p < lines; p += LANES) {
    const PetscInt count = PetscMin(LANES, lines - p);

    ExactGather(gaussian, axis, p, count, gaussian->planes.data, ghost, 2 * lines, map, m);
    ExactGather(gaussian, axis, p, count, gaussian->exponent.data, ghost + lines, 2 * lines, map, e);
    ExactWindowMaximum(positions, span, e, largest);
    for (PetscInt i = 0; i < width; i++) ExactSum(span, plan->weight, m + i, e + i, largest[i], m[i]);
    ExactScatter(gaussian, axis, p, count, m, gaussian->planes.data);
    ExactScatter(gaussian, axis, p, count, largest, gaussian->exponent.data);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ExactReserve(KernelGaussian *gaussian)
{
  PetscInt positions = 0;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) positions = PetscMax(positions, gaussian->width[a] + 2 * gaussian->axis[a].radius);
  PetscCall(ScratchReserve(&gaussian->planes, gaussian->cells));
  PetscCall(ScratchReserve(&gaussian->exponent, gaussian->cells));
  PetscCall(ScratchReserve(&gaussian->lines, 3 * LANES * positions));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = log(K e^in), or p - log(K e^in), on this rank's cells. Collective. */
PetscErrorCode KernelGaussianApplyExact(Application *apply)
{
  KernelGaussian *plan = apply->plan;

  PetscFunctionBegin;
  PetscCall(ExactReserve(plan));
  VecMathExpSplit(plan->cells, apply->in, plan->planes.data, plan->exponent.data);
  for (PetscInt a = 0; a < 3; a++)
    if (plan->axis[a].radius) PetscCall(ExactPass(plan, a));
  VecMathLogSplit(plan->cells, plan->planes.data, plan->exponent.data, plan->planes.data);
  KernelFinish(plan->cells, plan->planes.data, apply->p, apply->out);
  PetscFunctionReturn(PETSC_SUCCESS);
}
