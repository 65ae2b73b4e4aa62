/* Arrays with margins: their exchange, axis after axis so that edges and corners come along, the walls in them, and one application from
   exchange to exchange. */
#include <math.h>
#include <jko/private/vecmath.h>
#include "heat.h"

/* What one layer along an axis holds: along axes before it all cells with margins, along those after it this rank's cells. Copies it
   between an array with margins and a message; returns the reals in it. */
static PetscInt HeatCopyLayer(const KernelHeat *plan, PetscInt axis, PetscInt layer, PetscReal array[], PetscReal message[], PetscBool out)
{
  PetscInt stride[3], from[3], to[3], count = 0;

  HeatStrides(plan, stride);
  for (PetscInt a = 0; a < 3; a++) {
    from[a] = a < axis ? 0 : a == axis ? layer : plan->margin[a];
    to[a]   = a < axis ? plan->pitch[a] : a == axis ? layer + 1 : plan->margin[a] + plan->width[a];
  }
  for (PetscInt k = from[2]; k < to[2]; k++)
    for (PetscInt j = from[1]; j < to[1]; j++) {
      PetscReal *row = array + stride[1] * j + stride[2] * k;

      for (PetscInt i = from[0]; i < to[0]; i++, count++) {
        if (out)
          message[count] = row[i];
        else
          row[i] = message[count];
      }
    }
  return count;
}

/* Copies one layer of an array onto another. */
static void HeatRepeatLayer(const KernelHeat *plan, PetscInt axis, PetscInt from, PetscInt to, PetscReal array[])
{
  PetscInt stride[3], first[3], last[3];

  HeatStrides(plan, stride);
  for (PetscInt a = 0; a < 3; a++) {
    first[a] = a < axis ? 0 : a == axis ? from : plan->margin[a];
    last[a]  = a < axis ? plan->pitch[a] : a == axis ? from + 1 : plan->margin[a] + plan->width[a];
  }
  for (PetscInt k = first[2]; k < last[2]; k++)
    for (PetscInt j = first[1]; j < last[1]; j++) {
      PetscReal *row = array + stride[1] * j + stride[2] * k;

      for (PetscInt i = first[0]; i < last[0]; i++) row[i + (to - from) * stride[axis]] = row[i];
    }
}

static PetscErrorCode HeatExchangeAxis(KernelHeat *plan, PetscInt axis, PetscInt arrays, PetscReal *const array[])
{
  const PetscInt   width = plan->width[axis], margin = plan->margin[axis];
  const PetscInt  *layer, *map;
  PetscInt         length = 1, layers, ghosts;
  PetscReal       *send;
  const PetscReal *ghost;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) length *= a < axis ? plan->pitch[a] : a == axis ? 1 : plan->width[a];
  PetscCall(HaloGetSendLayers(plan->halo[axis], &layers, &layer));
  PetscCall(HaloGetMap(plan->halo[axis], &ghosts, &map));
  PetscCall(HaloBegin(plan->halo[axis], arrays * length, &send));
  for (PetscInt l = 0; l < layers; l++)
    for (PetscInt v = 0; v < arrays; v++) send += HeatCopyLayer(plan, axis, margin + layer[l], array[v], send, PETSC_TRUE);
  PetscCall(HaloSend(plan->halo[axis]));
  PetscCall(HaloEnd(plan->halo[axis], &ghost));
  for (PetscInt j = 0; j < width + 2 * margin; j++)
    for (PetscInt v = 0; v < arrays; v++) {
      if (map[j] >= width)
        (void)HeatCopyLayer(plan, axis, j, array[v], (PetscReal *)ghost + ((map[j] - width) * arrays + v) * length, PETSC_FALSE);
      else if (map[j] + margin != j)
        HeatRepeatLayer(plan, axis, map[j] + margin, j, array[v]);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fills the margins of arrays of the same cells. Collective. */
PetscErrorCode HeatExchange(KernelHeat *plan, PetscInt arrays, PetscReal *const array[])
{
  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Kernel_Halo, 0, 0, 0, 0));
  for (PetscInt a = 0; a < 3; a++)
    if (plan->margin[a]) PetscCall(HeatExchangeAxis(plan, a, arrays, array));
  PetscCall(PetscLogEventEnd(Kernel_Halo, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Open cells and open faces, with margins. Collective. */
PetscErrorCode HeatPlanWalls(KernelHeat *plan, Grid grid)
{
  PetscInt   stride[3];
  PetscReal *open;

  PetscFunctionBegin;
  HeatStrides(plan, stride);
  PetscCall(ScratchReserve(&plan->open, plan->cells));
  open = plan->open.data;
  for (PetscInt k = 0, c = 0; k < plan->width[2]; k++)
    for (PetscInt j = 0; j < plan->width[1]; j++)
      for (PetscInt i = 0; i < plan->width[0]; i++, c++)
        open[i + plan->margin[0] + stride[1] * (j + plan->margin[1]) + stride[2] * (k + plan->margin[2])] = grid->wall[c] ? 0 : 1;
  PetscCall(HeatExchange(plan, 1, &open));
  for (PetscInt a = 0; a < 3; a++) {
    if (!plan->steps[a]) continue;
    PetscCall(ScratchReserve(&plan->face[a], plan->cells));
    for (PetscInt c = 0; c + stride[a] < plan->cells; c++) plan->face[a].data[c] = open[c] * open[c + stride[a]];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* `in` as an array with margins, walls empty; logarithms split into mantissa and exponent. */
static PetscErrorCode HeatTakeInput(HeatApplication *apply)
{
  KernelHeat     *plan  = apply->plan;
  const PetscReal empty = apply->logarithm ? -(PetscReal)INFINITY : 0;
  PetscReal      *value;
  PetscInt        stride[3];

  PetscFunctionBegin;
  HeatStrides(plan, stride);
  value = plan->mantissa[0].data;
  for (PetscInt k = 0; k < plan->width[2]; k++)
    for (PetscInt j = 0; j < plan->width[1]; j++) {
      const PetscInt   c    = plan->margin[0] + stride[1] * (j + plan->margin[1]) + stride[2] * (k + plan->margin[2]);
      const PetscReal *from = apply->in + plan->width[0] * (j + plan->width[1] * k);

      PetscCall(PetscArraycpy(value + c, from, plan->width[0]));
      for (PetscInt i = 0; plan->open.data && i < plan->width[0]; i++)
        if (plan->open.data[c + i] == 0) value[c + i] = empty;
    }
  PetscCall(HeatExchange(plan, 1, &value));
  if (apply->logarithm) VecMathExpSplit(plan->cells, value, value, plan->exponent[0].data);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode HeatReserve(HeatApplication *apply)
{
  KernelHeat *plan   = apply->plan;
  PetscInt    window = 1;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) window *= PetscMin(plan->tile[a], plan->width[a]) + 2 * plan->margin[a] + (a ? 0 : SIMD_WIDTH);
  for (int b = 0; b < 2; b++) {
    if (b == 0 || plan->blocks > 1) PetscCall(ScratchReserve(&plan->mantissa[b], plan->cells));
    if (apply->logarithm && (b == 0 || plan->blocks > 1)) PetscCall(ScratchReserve(&plan->exponent[b], plan->cells));
    PetscCall(ScratchReserve(&plan->value[b], window));
    if (apply->logarithm) PetscCall(ScratchReserve(&plan->power[b], window));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = K in, log(K e^in) or p - log(K e^in) on this rank's cells. Collective. */
PetscErrorCode HeatApply(HeatApplication *apply)
{
  KernelHeat *plan = apply->plan;

  PetscFunctionBegin;
  PetscCall(HeatReserve(apply));
  PetscCall(HeatTakeInput(apply));
  for (apply->block = 0; apply->block < plan->blocks; apply->block++) {
    const int now = apply->block % 2;

    if (apply->block) {
      PetscReal *const array[2] = {plan->mantissa[now].data, plan->exponent[now].data};

      PetscCall(HeatExchange(plan, apply->logarithm ? 2 : 1, array));
    }
    PetscCall(HeatTiles(apply));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
