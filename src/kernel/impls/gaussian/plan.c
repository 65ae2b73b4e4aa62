/* What the fast way fixes beforehand: how many columns go together, what may be flushed, which rows and planes go first. */
#include "gaussian.h"

/* Columns whose window of `rows` rows fits the second-level cache. */
static PetscInt ScaledColumns(PetscInt rows)
{
  return PetscMax(SEGMENT, PetscMin(STRIP, CACHED / rows / SEGMENT * SEGMENT));
}

/* The columns whose windows along x hold no ghosts, as whole segments. */
static PetscErrorCode PlanInner(KernelGaussian *plan)
{
  const PetscInt width = plan->width[0], margin = (plan->axis[0].radius + SEGMENT - 1) / SEGMENT * SEGMENT;
  PetscInt       ghosts;

  PetscFunctionBegin;
  PetscCall(HaloGetMap(plan->axis[0].halo, &ghosts, NULL));
  plan->inner[0] = ghosts ? PetscMin(margin, width) : 0;
  plan->inner[1] = ghosts ? PetscMax(plan->inner[0], (width - plan->axis[0].radius) / SEGMENT * SEGMENT) : width;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The rows that need no ghosts along y, and when each plane has its turn. */
static PetscErrorCode PlanOrder(KernelGaussian *plan)
{
  const PetscInt  height = plan->width[1], depth = plan->width[2], radius = plan->axis[1].radius;
  const PetscInt *map, *layer;
  PetscInt        ghosts, count, early;

  PetscFunctionBegin;
  PetscCall(HaloGetMap(plan->axis[1].halo, &ghosts, &map));
  plan->free[0] = 0;
  plan->free[1] = height;
  for (PetscInt j = 0; j < radius; j++)
    if (map[j] >= height) plan->free[0] = PetscMin(j + 1, height);
  for (PetscInt j = height + 2 * radius - 1; j >= height + radius; j--)
    if (map[j] >= height) plan->free[1] = PetscMax(plan->free[0], j - 2 * radius);
  for (PetscInt k = 0; k < depth; k++) plan->order[k] = PLANE_LAST;
  PetscCall(HaloGetSendLayers(plan->axis[2].halo, &count, &layer));
  for (PetscInt s = 0; s < count; s++) plan->order[layer[s]] = PLANE_FIRST;
  early = ghosts && count ? (depth + 3) / 4 : 0; /* enough to hide the messages along y; each costs a window filled twice */
  for (PetscInt k = 0; k < depth && early; k++)
    if (plan->order[k] == PLANE_LAST) plan->order[k] = PLANE_EARLY, early--;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the fast way needs besides the axes: sizes, flush limits, the order of rows and planes. */
PetscErrorCode KernelGaussianPlanScaled(KernelGaussian *plan)
{
  const PetscInt *layer;
  PetscInt        count;
  PetscReal       flush = -1000;

  PetscFunctionBegin;
  for (PetscInt a = 2; a >= 0; a--) plan->flush[a] = flush -= PetscFloorReal(PetscLog2Real(plan->axis[a].weight[0]));
  plan->threshold = PetscPowReal(2, plan->flush[0] + 140);
  plan->strip     = ScaledColumns(KEEP + BLOCK + 2 * plan->axis[1].radius);
  PetscCall(PlanInner(plan));
  plan->pencil = ScaledColumns(plan->width[2] + 2 * plan->axis[2].radius);
  PetscCall(PetscMalloc2(plan->width[1], &plan->sent, plan->width[2], &plan->order));
  for (PetscInt j = 0; j < plan->width[1]; j++) plan->sent[j] = -1;
  PetscCall(HaloGetSendLayers(plan->axis[1].halo, &count, &layer));
  for (PetscInt s = 0; s < count; s++) plan->sent[layer[s]] = s;
  PetscCall(PlanOrder(plan));
  PetscFunctionReturn(PETSC_SUCCESS);
}
