/* The velocity of the flow and what it dissipates,

     v = -grad F'(rho),   I = int rho |v|^2 = -d/dt F,

   on the faces of cells: differences of F', the density of a face the logarithmic mean (a - b)/(log a - log b), for which rho grad log rho
   is grad rho also between cells (Maas, J. Funct. Anal. 261, 2011). Nothing flows through faces to empty cells, walls or out of the box. */
#include <jko/private/monitorimpl.h>
#include <jko/private/sumimpl.h>
#include <jko/private/stencilimpl.h>

/* The logarithmic mean of e^a and e^b. */
static PetscReal LogarithmicMean(PetscReal a, PetscReal b)
{
  const PetscReal half = (a - b) / 2;

  if (a == -INFINITY || b == -INFINITY) return 0;
  return exp((a + b) / 2) * (PetscAbsReal(half) < 1e-4 ? 1 + half * half / 6 : sinh(half) / half);
}

/* The entropy production of the state at hand. Collective. */
PetscErrorCode MonitorMeasureProduction(Monitor monitor, PetscReal *production)
{
  Vec       log_rho;
  Stencil   u, f;
  PetscInt  n, where[3];
  PetscReal volume;
  Sum       sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscCall(JKOGetLogDensity(monitor->jko, &log_rho));
  PetscCall(EnergyGetFirstVariation(monitor->energy, log_rho, monitor->work));
  PetscCall(StencilBegin(monitor->grid, log_rho, &u));
  PetscCall(StencilBegin(monitor->grid, monitor->work, &f));
  PetscCall(VecGetLocalSize(log_rho, &n));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal *at = StencilAt(&u, i, where), *of = StencilAt(&f, i, where);

    for (int a = 0; a < 3; a++) {
      const PetscReal mean = StencilHas(&u, where, a, 1) ? LogarithmicMean(at[0], at[u.stride[a]]) : 0;

      if (mean > 0) SumAddOne(&sum, mean * PetscSqr((of[f.stride[a]] - of[0]) / f.h[a]));
    }
  }
  PetscCall(StencilEnd(&f));
  PetscCall(StencilEnd(&u));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)monitor), 1, &sum, production));
  PetscCall(GridGetCellVolume(monitor->grid, &volume));
  *production *= volume;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The velocity along an axis in a cell: the mean of those at its two faces; nothing passes through a face of the box, and towards an empty
   cell the other face tells. */
static PetscReal CellVelocity(const Stencil *u, const Stencil *f, const PetscInt where[3], const PetscReal *at, const PetscReal *of,
                              int axis)
{
  PetscReal sum   = 0;
  int       faces = 0;

  if (at[0] == -INFINITY) return 0;
  for (int side = -1; side <= 1; side += 2) {
    const PetscInt step = side * f->stride[axis];

    if (!StencilHas(u, where, axis, side)) {
      faces++;
    } else if (at[side * u->stride[axis]] > -INFINITY) {
      sum -= side * (of[step] - of[0]) / f->h[axis];
      faces++;
    }
  }
  return faces ? sum / faces : 0;
}

/*@
  MonitorGetVelocity - v = -grad F'(rho) of the state at hand at the centres of cells, length / time; 0 in empty cells.

  Collective; after MonitorSetUp().

  Input:
+ f   - F'(rho), a vector of the grid, or NULL: that of the energy
- dim - components

  Output:
. velocity - one vector of the grid for each component
@*/
PetscErrorCode MonitorGetVelocity(Monitor monitor, Vec f, PetscInt dim, Vec velocity[])
{
  Vec          log_rho;
  Stencil      u, g;
  PetscInt     n, where[3];
  PetscScalar *v;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  PetscCall(JKOGetLogDensity(monitor->jko, &log_rho));
  if (!f) PetscCall(EnergyGetFirstVariation(monitor->energy, log_rho, f = monitor->work));
  PetscCall(StencilBegin(monitor->grid, log_rho, &u));
  PetscCall(StencilBegin(monitor->grid, f, &g));
  PetscCall(VecGetLocalSize(log_rho, &n));
  for (int a = 0; a < dim; a++) {
    PetscCall(VecGetArrayWrite(velocity[a], &v));
    for (PetscInt i = 0; i < n; i++) {
      const PetscReal *at = StencilAt(&u, i, where), *of = StencilAt(&g, i, where);

      v[i] = CellVelocity(&u, &g, where, at, of, a);
    }
    PetscCall(VecRestoreArrayWrite(velocity[a], &v));
  }
  PetscCall(StencilEnd(&g));
  PetscCall(StencilEnd(&u));
  PetscFunctionReturn(PETSC_SUCCESS);
}
