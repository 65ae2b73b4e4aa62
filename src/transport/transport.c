/* Transport: the object. Parameters, the ladder of eps, life. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/gridimpl.h>
#include <jko/private/optionsimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/transportimpl.h>

/* Where the ladder starts, with room for three levels: times the eps at which the kernel, at its widest truncation, spans the box. */
#define TRANSPORT_WIDEST 16.0

PetscClassId     TRANSPORT_CLASSID = 0;
PetscLogEvent    Transport_Distance;
static PetscBool TransportPackageIsLoaded = PETSC_FALSE;

static PetscErrorCode TransportFinalizePackage(void)
{
  PetscFunctionBegin;
  TransportPackageIsLoaded = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TransportInitializePackage(void)
{
  PetscFunctionBegin;
  if (TransportPackageIsLoaded) PetscFunctionReturn(PETSC_SUCCESS);
  TransportPackageIsLoaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Transport", &TRANSPORT_CLASSID));
  PetscCall(PetscLogEventRegister("TransportW2", TRANSPORT_CLASSID, &Transport_Distance));
  PetscCall(SinkhornInitializePackage()); /* the time of its acceleration is counted there */
  PetscCall(PetscRegisterFinalize(TransportFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  TransportCreate - a solver of optimal transport between two densities; give it a grid and a target. Tolerance 1e-3.

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode TransportCreate(MPI_Comm comm, Transport *transport)
{
  Transport t;

  PetscFunctionBegin;
  PetscAssertPointer(transport, 2);
  PetscCall(TransportInitializePackage());
  PetscCall(PetscHeaderCreate(t, TRANSPORT_CLASSID, "Transport", "Optimal transport", "Transport", comm, TransportDestroy, TransportView));
  t->tol          = 1e-3;
  t->residual_tol = 1e-6;
  t->max_it       = 1000;

  t->anderson.history.depth = ANDERSON_USUAL_DEPTH;
  PetscCall(KernelCreate(comm, &t->kernel));
  *transport = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ TransportSetGrid - the grid, set up. Referenced. Logically collective. @*/
PetscErrorCode TransportSetGrid(Transport t, Grid grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  if (grid == t->grid) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(!t->grid, PetscObjectComm((PetscObject)t), PETSC_ERR_ORDER, "the grid of a transport is set once");
  PetscCall(PetscObjectReference((PetscObject)grid));
  t->grid = grid;
  PetscCall(KernelSetGrid(t->kernel, grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ TransportSetKernelType - the kernel, that of the flow: with it come its walls. Default KERNELGAUSSIAN. Collective. @*/
PetscErrorCode TransportSetKernelType(Transport t, KernelType type)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscCall(KernelSetType(t->kernel, type));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  TransportSetTolerance - relative accuracy of W2 (default 1e-3), as far as grid and kernel allow: the error that comes with it tells.

  Logically collective. Errors: not between 1e-8 and 1.

  Options:
. -transport_tol - the tolerance
@*/
PetscErrorCode TransportSetTolerance(Transport t, PetscReal tol)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscCheck(tol >= 1e-8 && tol <= 1, PetscObjectComm((PetscObject)t), JKO_ERR_INPUT, "-transport_tol: %g is not between 1e-8 and 1",
             (double)tol);
  t->tol = tol;
  PetscFunctionReturn(PETSC_SUCCESS);
}

const JKOOption TransportOptions[] = {
    {"-transport_tol", JKO_OPTION_REAL, JKO_OPTION_FREE, "0.001", .needs = "-monitor_w2_interval or -output_interpolate",
     .setter = "TransportSetTolerance", .help = "Relative accuracy of W2"},
    {"-transport_max_it", JKO_OPTION_INT, JKO_OPTION_FREE, "1000", .unit = "evaluations",
     .needs = "-monitor_w2_interval or -output_interpolate", .setter = "TransportSetFromOptions", .help = "Evaluations per solve, at most"},
    {NULL}};

/*@
  TransportSetFromOptions - reads the options. Collective.

  Options:
+ -transport_tol - relative accuracy of W2 (default 1e-3)
- -transport_max_it - evaluations per solve, at most (default 1000)
@*/
PetscErrorCode TransportSetFromOptions(Transport t)
{
  PetscReal tol;
  PetscBool set;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscObjectOptionsBegin((PetscObject)t);
  PetscCall(JKOOptionsReal(PetscOptionsObject, TransportOptions, "-transport_tol", &tol, &set));
  if (set) PetscCall(TransportSetTolerance(t, tol));
  PetscCall(JKOOptionsInt(PetscOptionsObject, TransportOptions, "-transport_max_it", &t->max_it, NULL));
  PetscCheck(t->max_it > 0, PetscObjectComm((PetscObject)t), JKO_ERR_INPUT, "-transport_max_it: %" PetscInt_FMT " is not positive",
             t->max_it);
  PetscOptionsEnd();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* eps from where the kernel spans the box whatever the plan, down to the least that the grid resolves. */
static PetscErrorCode TransportPlanLevels(Transport t)
{
  PetscReal   floor, ceiling, h[3], epsilon;
  PetscBool   truncated;
  PetscInt    n[3];
  const char *wall;

  PetscFunctionBegin;
  PetscCall(GridGetWalls(t->grid, &wall));
  t->walled = (PetscBool) !!wall;
  PetscCall(GridGetSizes(t->grid, n));
  PetscCall(GridGetSpacing(t->grid, h));
  t->cell = PETSC_MAX_REAL;
  for (int a = 0; a < 3; a++) {
    if (n[a] == 1) continue;
    t->span = PetscMax(t->span, (PetscReal)n[a] * h[a]);
    t->cell = PetscMin(t->cell, h[a]);
  }
  PetscCall(KernelGetEpsilonFloor(t->kernel, &floor));
  floor = PetscMax(floor, t->least);
  PetscCall(KernelGetEpsilonCeiling(t->kernel, &ceiling));
  PetscCall(KernelIsTruncated(t->kernel, &truncated)); /* a random walk reaches as far as its steps: the widest goes furthest */
  epsilon = truncated ? TRANSPORT_WIDEST * 2 * PetscSqr(t->span / TRANSPORT_TRUNCATION) : ceiling;
  epsilon = PetscMax(floor, PetscMin(ceiling, epsilon));
  for (t->count = 0; t->count < TRANSPORT_MAX_LEVELS && (!t->count || t->level[t->count - 1].epsilon > floor); t->count++) {
    t->level[t->count] = (TransportLevel){.epsilon = epsilon < 1.5 * floor ? floor : epsilon, .stay = NAN};
    epsilon            = PetscMax(epsilon / (t->walled ? TRANSPORT_WALLED : TRANSPORT_LADDER), floor);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TransportSetUp(Transport t)
{
  PetscFunctionBegin;
  if (t->setup) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(t->grid, PetscObjectComm((PetscObject)t), PETSC_ERR_ORDER, "call TransportSetGrid() first");
  PetscCall(GridCreateVector(t->grid, &t->log_a));
  for (Vec *v[] = {&t->log_b, &t->alpha, &t->beta, &t->image, &t->scale, &t->x, &t->f, NULL}, **p = v; *p; p++)
    PetscCall(VecDuplicate(t->log_a, *p));
  PetscCall(TransportPlanLevels(t));
  t->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log rho - log sum rho, and the sum over cells. Collective. */
PetscErrorCode TransportNormalise(Vec log_rho, Vec normalised, PetscReal *sum)
{
  PetscFunctionBegin;
  PetscCall(VecSet(normalised, 1));
  PetscCall(EnergyPairing(log_rho, normalised, sum));
  PetscCheck(PetscIsNormalReal(*sum), PetscObjectComm((PetscObject)log_rho), PETSC_ERR_ARG_WRONG, "the density has mass %g", (double)*sum);
  PetscCall(VecCopy(log_rho, normalised));
  PetscCall(VecShift(normalised, -PetscLogReal(*sum)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  TransportSetTarget - log of the density that distances are measured to, -inf in empty cells, of any positive mass. What
  lies in walls does not count.

  Collective; after TransportSetGrid(). Copied.
@*/
PetscErrorCode TransportSetTarget(Transport t, Vec log_target)
{
  PetscReal sum;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscCall(TransportSetUp(t));
  PetscCall(VecCopy(log_target, t->f));
  PetscCall(GridFillWalls(t->grid, t->f, -(PetscReal)INFINITY));
  PetscCall(TransportNormalise(t->f, t->log_b, &sum));
  for (PetscInt i = 0; i < t->count; i++) {
    t->level[i].stay       = NAN;
    t->level[i].truncation = 0;
    PetscCall(VecDestroy(&t->level[i].beta));
  }
  t->first = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ TransportGetIterationNumber - evaluations of the last distance, two kernel applications each. Not collective. @*/
PetscErrorCode TransportGetIterationNumber(Transport t, PetscInt *iterations)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  *iterations = t->total;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ TransportGetEpsilon - the narrowest regularisation of the last distance, length^2. Not collective. @*/
PetscErrorCode TransportGetEpsilon(Transport t, PetscReal *epsilon)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  *epsilon = t->epsilon;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ TransportView - tolerances and the ladder of eps. Collective. @*/
PetscErrorCode TransportView(Transport t, PetscViewer viewer)
{
  PetscBool ascii;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)t), &viewer));
  PetscCall(PetscObjectTypeCompare((PetscObject)viewer, PETSCVIEWERASCII, &ascii));
  if (!ascii) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(TransportSetUp(t));
  PetscCall(PetscViewerASCIIPrintf(viewer, "transport: tolerance %g, eps from %g down to %g\n", (double)t->tol, (double)t->level[0].epsilon,
                                   (double)t->level[t->count - 1].epsilon));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ TransportDestroy - drops a reference; the last one frees the solver. Collective. @*/
PetscErrorCode TransportDestroy(Transport *transport)
{
  Transport t = *transport;

  PetscFunctionBegin;
  *transport = NULL;
  if (!t) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  if (--((PetscObject)t)->refct > 0) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; i < t->count; i++) PetscCall(VecDestroy(&t->level[i].beta));
  for (Vec *v[] = {&t->log_a, &t->log_b, &t->alpha, &t->beta, &t->image, &t->scale, &t->x, &t->f, NULL}, **p = v; *p; p++)
    PetscCall(VecDestroy(*p));
  PetscCall(AndersonHistoryReset(&t->anderson.history));
  PetscCall(KernelDestroy(&t->kernel));
  PetscCall(GridDestroy(&t->grid));
  PetscCall(PetscHeaderDestroy(&t));
  PetscFunctionReturn(PETSC_SUCCESS);
}
