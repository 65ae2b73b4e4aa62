/* A tile in block floating point: its window at one unit, all passes of a block, its results.

   A value below 2^flush becomes 0 on entry, so that no product is ever subnormal. A result above the threshold, 2^140 times that, cannot
   miss what was lost to the last bit; a tile with a smaller one that lost something is done exactly. */
#include <jko/private/vecmath.h>
#include "heat.h"

#define HEAT_TOP 900 /* log2 of the largest value in a window */

/* The tile from its first cell on. */
static void TileBegin(HeatApplication *apply, const PetscInt first[3], HeatTile *t)
{
  const KernelHeat *plan = apply->plan;
  PetscInt          pitch[3], span[3];

  *t = (HeatTile){.now = 0};
  for (PetscInt p = plan->first[apply->block]; p < plan->first[apply->block + 1]; p++) t->begin[(int)plan->word[p]]++;
  HeatStrides(plan, pitch);
  for (PetscInt a = 0; a < 3; a++) {
    t->first[a] = first[a];
    t->size[a]  = PetscMin(plan->tile[a], plan->width[a] - first[a]);
    t->left[a]  = t->begin[a];
    span[a]     = t->size[a] + 2 * t->begin[a];
    t->place += pitch[a] * (first[a] + plan->margin[a]);
  }
  t->stride[0] = 1;
  t->stride[1] = (span[0] + SIMD_WIDTH - 1) / SIMD_WIDTH * SIMD_WIDTH;
  t->stride[2] = t->stride[1] * span[1];
  t->origin    = t->begin[0] + t->stride[1] * t->begin[1] + t->stride[2] * t->begin[2];
}

/* Whether a face in the window is closed. */
static PetscBool TileHasWalls(const KernelHeat *plan, const HeatTile *t)
{
  PetscInt pitch[3];

  if (!plan->open.data) return PETSC_FALSE;
  HeatStrides(plan, pitch);
  HEAT_ROWS(t, j, k)
  {
    const PetscReal *open = plan->open.data + HeatRowStart(t, pitch, t->place, j, k);

    for (PetscInt i = 0; i < HeatRowLength(t); i++)
      if (open[i] == 0) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* The largest exponent of the window, VECMATH_ZERO_EXPONENT when all is 0. */
static PetscReal TileLargest(const KernelHeat *plan, const HeatTile *t, const PetscReal exponent[])
{
  SimdReal  high = SimdSet(VECMATH_ZERO_EXPONENT);
  PetscReal largest;
  PetscInt  pitch[3];

  HeatStrides(plan, pitch);
  largest = VECMATH_ZERO_EXPONENT;
  HEAT_ROWS(t, j, k)
  {
    const PetscReal *e = exponent + HeatRowStart(t, pitch, t->place, j, k);
    const PetscInt   n = HeatRowLength(t), full = n - n % SIMD_WIDTH;

    for (PetscInt i = 0; i < full; i += SIMD_WIDTH) {
      const SimdReal v = SimdLoad(e + i);

      high = SimdSelect(v > high, v, high);
    }
    for (PetscInt i = full; i < n; i++) largest = e[i] > largest ? e[i] : largest;
  }
  for (int l = 0; l < SIMD_WIDTH; l++) largest = high[l] > largest ? high[l] : largest;
  return largest;
}

/* v = mantissa 2^(exponent - unit), 0 below 2^flush; returns the lanes that lost something. */
SIMD_INLINE SimdInt TileScale(SimdReal m, SimdReal e, SimdReal unit, SimdReal flush, SimdReal *v)
{
  const SimdReal k    = e - unit;
  const SimdInt  keep = ~(SimdInt)(k < flush);

  *v = m * SimdPower2((SimdReal)((SimdInt)k & keep));
  *v = (SimdReal)((SimdInt)*v & keep);
  return ~keep & (SimdInt)(m != 0.0);
}

/* The window in units of 2^unit; whether something was lost. */
static PetscBool TileLoad(HeatApplication *apply, HeatTile *t)
{
  const KernelHeat *plan = apply->plan;
  const SimdReal    unit = SimdSet(t->unit), flush = SimdSet(plan->flush);
  const int         now  = apply->block % 2;
  SimdInt           lost = {0};
  PetscBool         any  = PETSC_FALSE;
  PetscInt          pitch[3];

  HeatStrides(plan, pitch);
  HEAT_ROWS(t, j, k)
  {
    const PetscInt   from = HeatRowStart(t, pitch, t->place, j, k), n = HeatRowLength(t), full = n - n % SIMD_WIDTH;
    const PetscReal *m = plan->mantissa[now].data + from, *e = plan->exponent[now].data + from;
    PetscReal       *v = plan->value[0].data + HeatRowStart(t, t->stride, t->origin, j, k);
    SimdReal         scaled;

    if (!apply->logarithm) {
      for (PetscInt i = 0; i < n; i++) v[i] = m[i];
      continue;
    }
    for (PetscInt i = 0; i < full; i += SIMD_WIDTH) {
      lost |= TileScale(SimdLoad(m + i), SimdLoad(e + i), unit, flush, &scaled);
      SimdStore(v + i, scaled);
    }
    if (full == n) continue;
    lost |= TileScale(SimdLoadSome(m + full, (int)(n - full)), SimdLoadSome(e + full, (int)(n - full)), unit, flush, &scaled);
    SimdStoreSome(v + full, (int)(n - full), scaled);
  }
  for (int l = 0; l < SIMD_WIDTH; l++) any = lost[l] ? PETSC_TRUE : any;
  return any;
}

/* One way to contract it to multiply-adds: with open faces and with walls, in whole vectors and in the rest, a cell gets the same bits. */
SIMD_INLINE void TileRow(PetscInt n, const PetscReal *restrict u, PetscInt s, PetscReal w, PetscReal *restrict out)
{
  for (PetscInt i = 0; i < n; i++) out[i] = u[i] + w * ((u[i - s] - u[i]) + (u[i + s] - u[i]));
}

SIMD_INLINE void TileRowAtWalls(PetscInt n, const PetscReal *restrict u, PetscInt s, PetscReal w, const PetscReal *restrict left,
                                const PetscReal *restrict right, PetscReal *restrict out)
{
  for (PetscInt i = 0; i < n; i++) out[i] = u[i] + w * (left[i] * (u[i - s] - u[i]) + right[i] * (u[i + s] - u[i]));
}

/* One step along an axis, from one window to the other. */
static void TilePass(const KernelHeat *plan, HeatTile *t, int axis)
{
  const PetscReal *from = plan->value[t->now].data;
  PetscReal       *to   = plan->value[!t->now].data;
  const PetscReal  w    = plan->weight[axis];
  PetscInt         pitch[3];

  HeatStrides(plan, pitch);
  t->left[axis]--;
  HEAT_ROWS(t, j, k)
  {
    const PetscInt c = HeatRowStart(t, t->stride, t->origin, j, k), n = HeatRowLength(t);

    if (t->walls) {
      const PetscReal *face = plan->face[axis].data + HeatRowStart(t, pitch, t->place, j, k);

      TileRowAtWalls(n, from + c, t->stride[axis], w, face - pitch[axis], face, to + c);
    } else
      TileRow(n, from + c, t->stride[axis], w, to + c);
  }
  t->now = !t->now;
}

/* Whether every open cell's result is above the threshold. */
static PetscBool TileIsSafe(const KernelHeat *plan, const HeatTile *t)
{
  const PetscReal *value = plan->value[t->now].data;
  PetscInt         pitch[3];

  HeatStrides(plan, pitch);
  HEAT_ROWS(t, j, k)
  {
    const PetscReal *v = value + HeatRowStart(t, t->stride, t->origin, j, k);
    const PetscInt   c = HeatRowStart(t, pitch, t->place, j, k);

    for (PetscInt i = 0; i < t->size[0]; i++)
      if (!(v[i] >= plan->threshold) && (!plan->open.data || plan->open.data[c + i] != 0)) return PETSC_FALSE;
  }
  return PETSC_TRUE;
}

/* value = mantissa 2^exponent with 1 <= mantissa < 2, normal numbers or 0 in, onto the exponents there are. */
SIMD_INLINE SimdReal TileSplit(SimdReal v, SimdReal *exponent)
{
  const SimdInt  bits = (SimdInt)v, zero = (SimdInt)(v == 0.0);
  const SimdReal k = (SimdReal)((SimdInt)SimdSet(SIMD_SHIFT) + ((bits >> 52) - 1023)) - SIMD_SHIFT;

  *exponent = SimdSelect(zero, SimdSet(VECMATH_ZERO_EXPONENT), *exponent + k);
  return SimdSelect((SimdInt)(v <= PETSC_MAX_REAL), (SimdReal)((((bits & 0xFFFFFFFFFFFFFLL) | 0x3FF0000000000000LL)) & ~zero), v);
}

/* Results of the row (j, k) of a tile, `power` being the exponents of their units: to the output after the last block, else to the next. */
void HeatStoreRow(HeatApplication *apply, const HeatTile *t, PetscInt j, PetscInt k, PetscReal value[], PetscReal power[])
{
  KernelHeat    *plan = apply->plan;
  const PetscInt n = t->size[0], next = 1 - apply->block % 2;
  const PetscInt cell = t->first[0] + plan->width[0] * (t->first[1] + j + plan->width[1] * (t->first[2] + k));
  PetscInt       pitch[3], c;

  HeatStrides(plan, pitch);
  c = HeatRowStart(t, pitch, t->place, j, k);
  if (apply->block + 1 == plan->blocks) {
    if (apply->logarithm) VecMathLogSplit(n, value, power, value);
    KernelFinish(n, value, apply->p ? apply->p + cell : NULL, apply->out + cell);
  } else if (!apply->logarithm) {
    for (PetscInt i = 0; i < n; i++) plan->mantissa[next].data[c + i] = value[i];
  } else
    for (PetscInt i = 0; i < n; i += SIMD_WIDTH) {
      const int      count = (int)PetscMin(SIMD_WIDTH, n - i);
      SimdReal       e     = SimdLoadSome(power + i, count);
      const SimdReal m     = TileSplit(SimdLoadSome(value + i, count), &e);

      SimdStoreSome(plan->mantissa[next].data + c + i, count, m);
      SimdStoreSome(plan->exponent[next].data + c + i, count, e);
    }
}

static void TileStore(HeatApplication *apply, HeatTile *t)
{
  const KernelHeat *plan = apply->plan;

  HEAT_ROWS(t, j, k)
  {
    PetscReal *power = plan->power[0].data;

    for (PetscInt i = 0; apply->logarithm && i < t->size[0]; i++) power[i] = t->unit;
    HeatStoreRow(apply, t, j, k, plan->value[t->now].data + HeatRowStart(t, t->stride, t->origin, j, k), power);
  }
}

static PetscErrorCode TileApply(HeatApplication *apply, const PetscInt first[3])
{
  const KernelHeat *plan = apply->plan;
  HeatTile          t;
  PetscBool         lost;

  PetscFunctionBegin;
  TileBegin(apply, first, &t);
  t.walls = TileHasWalls(plan, &t);
  t.unit  = apply->logarithm ? TileLargest(plan, &t, plan->exponent[apply->block % 2].data) - HEAT_TOP : 0;
  lost    = TileLoad(apply, &t);
  for (PetscInt p = plan->first[apply->block]; p < plan->first[apply->block + 1]; p++) TilePass(plan, &t, plan->word[p]);
  if (lost && !TileIsSafe(plan, &t)) {
    TileBegin(apply, first, &t);
    PetscCall(HeatTileExact(apply, &t));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  TileStore(apply, &t);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One block of passes on all tiles. */
PetscErrorCode HeatTiles(HeatApplication *apply)
{
  const KernelHeat *plan = apply->plan;
  PetscInt          first[3];

  PetscFunctionBegin;
  for (first[2] = 0; first[2] < plan->width[2]; first[2] += plan->tile[2])
    for (first[1] = 0; first[1] < plan->width[1]; first[1] += plan->tile[1])
      for (first[0] = 0; first[0] < plan->width[0]; first[0] += plan->tile[0]) PetscCall(TileApply(apply, first));
  PetscFunctionReturn(PETSC_SUCCESS);
}
