/* A tile whose values no common unit holds: every cell has an exponent of its own, u = m 2^e, and in a step

     e'_i = max(e_{i-1}, e_i, e_{i+1}),     m'_i = the same step on m 2^(e - e'_i),

   which rounds as the step on the values would in a format of unlimited exponent range. Neighbours below 2^-900 of the largest are dropped.
 */
#include <jko/private/vecmath.h>
#include "heat.h"

static const double ExactDrop = -900;

SIMD_INLINE double ExactScaled(double m, double shift)
{
  union {
    double   value;
    uint64_t bits; /* signed ones must not be shifted out */
  } power = {.value = shift + (SIMD_SHIFT + 1023)};

  power.bits = shift > ExactDrop ? power.bits << 52 : 0;
  return m * power.value;
}

/* One step on n cells of a row; faces NULL: all open. */
static void ExactRow(PetscInt n, PetscInt s, PetscReal w, const PetscReal *restrict m, const PetscReal *restrict e, const PetscReal *left,
                     const PetscReal *right, PetscReal *restrict m_out, PetscReal *restrict e_out)
{
  for (PetscInt i = 0; i < n; i++) {
    const double lr = e[i - s] > e[i + s] ? e[i - s] : e[i + s], top = lr > e[i] ? lr : e[i];
    const double l = ExactScaled(m[i - s], e[i - s] - top), u = ExactScaled(m[i], e[i] - top), r = ExactScaled(m[i + s], e[i + s] - top);

    m_out[i] = u + w * ((left ? left[i] : 1) * (l - u) + (right ? right[i] : 1) * (r - u));
    e_out[i] = m_out[i] != 0 ? top : VECMATH_ZERO_EXPONENT; /* that of a wall must not drown its neighbours */
  }
}

static void ExactPass(const KernelHeat *plan, HeatTile *t, int axis)
{
  PetscInt pitch[3];

  HeatStrides(plan, pitch);
  t->left[axis]--;
  HEAT_ROWS(t, j, k)
  {
    const PetscInt   c     = HeatRowStart(t, t->stride, t->origin, j, k);
    const PetscReal *right = plan->open.data ? plan->face[axis].data + HeatRowStart(t, pitch, t->place, j, k) : NULL;

    ExactRow(HeatRowLength(t), t->stride[axis], plan->weight[axis], plan->value[t->now].data + c, plan->power[t->now].data + c,
             right ? right - pitch[axis] : NULL, right, plan->value[!t->now].data + c, plan->power[!t->now].data + c);
  }
  t->now = !t->now;
}

/* All passes of a block on a tile. */
PetscErrorCode HeatTileExact(HeatApplication *apply, HeatTile *t)
{
  const KernelHeat *plan = apply->plan;
  const int         now  = apply->block % 2;
  PetscInt          pitch[3];

  PetscFunctionBegin;
  HeatStrides(plan, pitch);
  HEAT_ROWS(t, j, k)
  {
    const PetscInt from = HeatRowStart(t, pitch, t->place, j, k), c = HeatRowStart(t, t->stride, t->origin, j, k);

    PetscCall(PetscArraycpy(plan->value[0].data + c, plan->mantissa[now].data + from, HeatRowLength(t)));
    PetscCall(PetscArraycpy(plan->power[0].data + c, plan->exponent[now].data + from, HeatRowLength(t)));
  }
  for (PetscInt p = plan->first[apply->block]; p < plan->first[apply->block + 1]; p++) ExactPass(plan, t, plan->word[p]);
  HEAT_ROWS(t, j, k)
  {
    const PetscInt c = HeatRowStart(t, t->stride, t->origin, j, k);

    HeatStoreRow(apply, t, j, k, plan->value[t->now].data + c, plan->power[t->now].data + c);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
