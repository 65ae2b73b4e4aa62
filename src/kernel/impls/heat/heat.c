/* n lazy steps of the random walk along each axis instead of a Gaussian,

     n = 2 round(3/2 (sigma/h)^2),   a step to either side with the probability  w = sigma^2 / (2 n h^2)  each,

   a step into a wall or out of the box staying where it is. Its variance is sigma^2 whatever the rounding of n; at w = 1/6 its fourth
   moment is the Gaussian's too, so that an eps that nobody has given is one where nothing is rounded. Behind walls it tends to the heat
   kernel of the open cells with no-flux walls, whose logarithm is the squared length of the way round them (Varadhan, Comm. Pure Appl.
   Math. 20, 1967).

   The steps of the axes, which do not commute at walls, alternate as evenly as their numbers allow in the first half of a word, and the
   second half is its mirror image: K is symmetric, positive, and of row sums 1. */
#include "heat.h"

#define HEAT_LEAST  1.5  /* sigma/h: below it the walk is too short to look Gaussian */
#define HEAT_WIDEST 16.0 /* sigma/h: the cost grows with its square */

static const PetscInt HeatSteps[4]       = {0, 32, 16, 8}; /* along each axis in a block, about, by dimension */
static const PetscInt HeatTileSize[4][3] = {{1, 1, 1}, {256, 1, 1}, {128, 64, 1}, {64, 16, 16}};

static PetscErrorCode HeatPlanSteps(KernelHeat *heat, Kernel kernel)
{
  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) {
    const PetscReal h = kernel->grid->h[a], variance = kernel->grid->n[a] > 1 ? kernel->epsilon / 2 / (h * h) : 0;
    const PetscInt  half = variance > 0 ? PetscMax(1, (PetscInt)PetscFloorReal(1.5 * PetscMin(variance, 1e5) + 0.5)) : 0;

    PetscCheck(variance < 1e5, PetscObjectComm((PetscObject)kernel), JKO_ERR_INPUT,
               "-jko_epsilon: %g makes a random walk of %g steps along %c; at most 3e5 are possible", (double)kernel->epsilon,
               (double)(3 * variance), "xyz"[a]);
    heat->steps[a]    = 2 * half;
    heat->weight[a]   = half ? variance / (4 * (PetscReal)half) : 0;
    kernel->radius[a] = heat->steps[a];
    kernel->reach[a]  = (PetscReal)half * h;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Half the steps of each axis evenly spread, the axes in turn; then the same backwards. */
static PetscErrorCode HeatPlanWord(KernelHeat *heat)
{
  PetscInt done[3] = {0};

  PetscFunctionBegin;
  heat->passes = heat->steps[0] + heat->steps[1] + heat->steps[2];
  PetscCall(PetscMalloc1(heat->passes, &heat->word));
  for (PetscInt p = 0; p < heat->passes / 2; p++) {
    int next = 0;

    for (int a = 1; a < 3; a++) /* (2 done + 1)/steps is the middle of an axis's next step */
      if ((2 * done[a] + 1) * heat->steps[next] < (2 * done[next] + 1) * heat->steps[a]) next = a;
    done[next]++;
    heat->word[p] = heat->word[heat->passes - 1 - p] = (char)next;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Equal blocks of passes, and the margins that they need. */
static PetscErrorCode HeatPlanBlocks(KernelHeat *heat, PetscInt dim)
{
  const PetscInt most    = PetscMax(heat->steps[0], PetscMax(heat->steps[1], heat->steps[2]));
  PetscInt       longest = 0;
  PetscReal      least   = 1;

  PetscFunctionBegin;
  heat->blocks = PetscMax(1, (most + HeatSteps[dim] - 1) / HeatSteps[dim]);
  PetscCall(PetscMalloc1(heat->blocks + 1, &heat->first));
  for (PetscInt b = 0; b <= heat->blocks; b++)
    heat->first[b] = heat->passes / heat->blocks * b + heat->passes % heat->blocks * b / heat->blocks;
  for (PetscInt a = 0; a < 3; a++) {
    heat->margin[a] = 0;
    if (heat->steps[a]) least = PetscMin(least, heat->weight[a]);
  }
  for (PetscInt b = 0; b < heat->blocks; b++) {
    PetscInt count[3] = {0};

    for (PetscInt p = heat->first[b]; p < heat->first[b + 1]; p++) count[(int)heat->word[p]]++;
    for (PetscInt a = 0; a < 3; a++) heat->margin[a] = PetscMax(heat->margin[a], count[a]);
    longest = PetscMax(longest, heat->first[b + 1] - heat->first[b]);
  }
  heat->flush     = -1000 - PetscFloorReal((PetscReal)longest * PetscLog2Real(least));
  heat->threshold = PetscPowReal(2, heat->flush + 140);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelSetUp_Heat(Kernel kernel)
{
  KernelHeat *heat = (KernelHeat *)kernel->data;
  const Grid  grid = kernel->grid;

  PetscFunctionBegin;
  PetscCall(HeatPlanSteps(heat, kernel));
  PetscCall(HeatPlanWord(heat));
  PetscCall(HeatPlanBlocks(heat, grid->dim));
  heat->cells = 1;
  for (PetscInt a = 0; a < 3; a++) {
    heat->width[a] = grid->width[a];
    heat->pitch[a] = heat->width[a] + 2 * heat->margin[a];
    heat->cells *= heat->pitch[a];
    heat->tile[a] = HeatTileSize[grid->dim][a];
    PetscCall(HaloCreate(grid, a, heat->margin[a], &heat->halo[a]));
  }
  if (grid->wall) PetscCall(HeatPlanWalls(heat, grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All of the plan's memory, in turn. */
#define HEAT_SCRATCHES 12
static Scratch *HeatScratch(KernelHeat *h, PetscInt which)
{
  Scratch *const all[HEAT_SCRATCHES] = {&h->mantissa[0], &h->mantissa[1], &h->exponent[0], &h->exponent[1], &h->open,     &h->face[0],
                                        &h->face[1],     &h->face[2],     &h->value[0],    &h->value[1],    &h->power[0], &h->power[1]};

  return all[which];
}

static PetscErrorCode KernelReset_Heat(Kernel kernel)
{
  KernelHeat *heat = (KernelHeat *)kernel->data;

  PetscFunctionBegin;
  PetscCall(PetscFree(heat->word));
  PetscCall(PetscFree(heat->first));
  for (PetscInt a = 0; a < 3; a++) PetscCall(HaloDestroy(&heat->halo[a]));
  for (PetscInt s = 0; s < HEAT_SCRATCHES; s++) ScratchFree(HeatScratch(heat, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelDestroy_Heat(Kernel kernel)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(kernel->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelGetMemory_Heat(Kernel kernel, PetscLogDouble *bytes)
{
  KernelHeat *heat = (KernelHeat *)kernel->data;

  PetscFunctionBegin;
  for (PetscInt s = 0; s < HEAT_SCRATCHES; s++)
    *bytes += (PetscLogDouble)sizeof(PetscReal) * (PetscLogDouble)HeatScratch(heat, s)->capacity;
  for (PetscInt a = 0; a < 3; a++) {
    PetscLogDouble halo;

    PetscCall(HaloGetMemory(heat->halo[a], &halo));
    *bytes += halo;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelView_Heat(Kernel kernel, PetscViewer viewer)
{
  const KernelHeat *heat = (const KernelHeat *)kernel->data;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "random walk:"));
  PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_FALSE));
  for (PetscInt a = 0; a < kernel->grid->dim; a++)
    PetscCall(PetscViewerASCIIPrintf(viewer, " %" PetscInt_FMT " steps along %c (weights %.4g, %.4g, %.4g),", heat->steps[a], "xyz"[a],
                                     (double)heat -> weight[a], (double)(1 - 2 * heat->weight[a]), (double)heat -> weight[a]));
  PetscCall(PetscViewerASCIIPrintf(viewer, " in %" PetscInt_FMT " block%s; trusted for displacements of half the steps\n", heat->blocks,
                                   heat->blocks == 1 ? "" : "s"));
  PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelApplyLog_Heat(Kernel kernel, Vec in, Vec p, Vec out)
{
  const PetscScalar *x, *q = NULL;
  PetscScalar       *y;
  HeatApplication    apply = {(KernelHeat *)kernel->data, .logarithm = PETSC_TRUE};

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(in, &x));
  if (p && p != out) PetscCall(VecGetArrayRead(p, &q));
  PetscCall(VecGetArray(out, &y));
  apply.in  = x;
  apply.p   = p == out ? y : q;
  apply.out = y;
  PetscCall(HeatApply(&apply));
  PetscCall(VecRestoreArray(out, &y));
  if (p && p != out) PetscCall(VecRestoreArrayRead(p, &q));
  PetscCall(VecRestoreArrayRead(in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelApply_Heat(Kernel kernel, Vec in, Vec out)
{
  const PetscScalar *x;
  PetscScalar       *y;
  HeatApplication    apply = {(KernelHeat *)kernel->data, .logarithm = PETSC_FALSE};

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(in, &x));
  PetscCall(VecGetArray(out, &y));
  apply.in  = x;
  apply.out = y;
  PetscCall(HeatApply(&apply));
  PetscCall(VecRestoreArray(out, &y));
  PetscCall(VecRestoreArrayRead(in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_EXTERN PetscErrorCode KernelCreate_Heat(Kernel kernel)
{
  KernelHeat *heat;

  PetscFunctionBegin;
  PetscCall(PetscNew(&heat));
  kernel->data           = heat;
  kernel->least          = HEAT_LEAST;
  kernel->widest         = HEAT_WIDEST;
  kernel->truncates      = PETSC_FALSE;
  kernel->rounds         = PETSC_TRUE;
  kernel->quantum        = 4. / 3; /* two steps of w = 1/6 have the variance 2/3 h^2 */
  kernel->ops->setup     = KernelSetUp_Heat;
  kernel->ops->apply     = KernelApply_Heat;
  kernel->ops->applylog  = KernelApplyLog_Heat;
  kernel->ops->view      = KernelView_Heat;
  kernel->ops->getmemory = KernelGetMemory_Heat;
  kernel->ops->reset     = KernelReset_Heat;
  kernel->ops->destroy   = KernelDestroy_Heat;
  PetscFunctionReturn(PETSC_SUCCESS);
}
