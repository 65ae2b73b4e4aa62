#include "flow.h"
#include <math.h>

Grid FlowGrid(MPI_Comm comm, PetscInt dim, const PetscInt n[], PetscReal lower, PetscReal upper, GridBoundary boundary)
{
  const PetscReal    l[3] = {lower, lower, lower}, u[3] = {upper, upper, upper};
  const GridBoundary b[3] = {boundary, boundary, boundary};
  Grid               grid;

  assert_ok(GridCreate(comm, &grid));
  assert_ok(GridSetSizes(grid, dim, n));
  assert_ok(GridSetBox(grid, l, u));
  assert_ok(GridSetBoundary(grid, b));
  assert_ok(GridSetUp(grid));
  return grid;
}

Vec FlowField(Grid grid, FlowFunction f, PetscReal t, const void *parameters)
{
  PetscInt     start[3], width[3];
  PetscScalar *a;
  Vec          v;

  GridGetCorners(grid, start, width);
  GridCreateVector(grid, &v);
  VecGetArrayWrite(v, &a);
  for (PetscInt k = 0; k < width[2]; k++)
    for (PetscInt j = 0; j < width[1]; j++)
      for (PetscInt i = 0; i < width[0]; i++) {
        PetscReal x[3];

        GridGetCentre(grid, 0, start[0] + i, &x[0]);
        GridGetCentre(grid, 1, start[1] + j, &x[1]);
        GridGetCentre(grid, 2, start[2] + k, &x[2]);
        a[i + width[0] * (j + width[1] * k)] = f(x, t, parameters);
      }
  VecRestoreArrayWrite(v, &a);
  return v;
}

void FlowWalls(Grid grid, FlowFunction f, const void *parameters)
{
  Vec level = FlowField(grid, f, 0, parameters);

  assert_ok(GridSetWalls(grid, level));
  assert_ok(VecDestroy(&level));
}

Energy FlowEnergy(Grid grid, ...)
{
  Energy      energy;
  EnergyTerm  term;
  const char *type;
  va_list     types;

  assert_ok(EnergyCreate(PetscObjectComm((PetscObject)grid), &energy));
  assert_ok(EnergySetGrid(energy, grid));
  va_start(types, grid);
  while ((type = va_arg(types, const char *))) assert_ok(EnergyAddTerm(energy, type, type, &term));
  va_end(types);
  return energy;
}

void FlowEnergyRead(Energy energy, const char options[])
{
  PetscOptions database;

  assert_ok(PetscOptionsCreate(&database));
  assert_ok(PetscOptionsInsertString(database, options));
  assert_ok(PetscOptionsPush(database));
  assert_ok(EnergySetFromOptions(energy));
  assert_ok(PetscOptionsPop());
  assert_ok(PetscOptionsDestroy(&database));
}

Energy FlowEnergyOf(Grid grid, const char options[])
{
  Energy energy;

  assert_ok(EnergyCreate(PetscObjectComm((PetscObject)grid), &energy));
  assert_ok(EnergySetGrid(energy, grid));
  FlowEnergyRead(energy, options);
  return energy;
}

JKO FlowStart(Grid grid, Energy energy, Vec rho)
{
  JKO jko;

  assert_ok(JKOCreate(PetscObjectComm((PetscObject)grid), &jko));
  assert_ok(JKOSetGrid(jko, grid));
  assert_ok(JKOSetEnergy(jko, energy));
  assert_ok(JKOSetFromOptions(jko));
  assert_ok(JKOSetDensity(jko, rho));
  assert_ok(VecDestroy(&rho));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
  return jko;
}

JKO FlowCreate(Grid grid, Energy energy, FlowFunction f, PetscReal t, const void *parameters)
{
  Vec       rho = FlowField(grid, f, t, parameters);
  PetscReal mass;

  assert_ok(GridFillWalls(grid, rho, 0));
  assert_ok(GridIntegrate(grid, rho, &mass));
  assert_ok(VecScale(rho, 1 / mass));
  return FlowStart(grid, energy, rho);
}

void FlowRun(JKO jko, PetscReal dt, PetscInt steps)
{
  JKOConvergedReason reason;
  const char        *failure;

  assert_ok(JKOSetTimeStep(jko, dt));
  assert_ok(JKOSetMaxSteps(jko, steps));
  assert_ok(JKOSolve(jko));
  assert_ok(JKOGetConvergedReason(jko, &reason));
  assert_ok(JKOGetFailure(jko, &failure));
  if (reason < 0) print_error("%s\n", failure);
  assert_all(reason > 0);
}

PetscReal FlowError(JKO jko, FlowFunction f, PetscReal t, const void *parameters)
{
  Grid      grid;
  Vec       exact, rho;
  PetscReal mass, exact_mass, error;

  JKOGetGrid(jko, &grid);
  exact = FlowField(grid, f, t, parameters);
  VecDuplicate(exact, &rho);
  JKOGetDensity(jko, rho);
  GridIntegrate(grid, rho, &mass);
  GridIntegrate(grid, exact, &exact_mass);
  VecAXPY(rho, -mass / exact_mass, exact);
  VecAbs(rho);
  GridIntegrate(grid, rho, &error);
  VecDestroy(&rho);
  VecDestroy(&exact);
  return error;
}

PetscReal FlowBarenblattValue(const PetscReal x[3], PetscReal t, const void *barenblatt)
{
  const FlowBarenblatt *b = (const FlowBarenblatt *)barenblatt;
  const PetscReal       d = (PetscReal)b->dim, m = b->m, alpha = d / (d * (m - 1) + 2), k = alpha * (m - 1) / (2 * m * d);
  const PetscReal p = 1 / (m - 1), unit = pow(PETSC_PI / k, d / 2) * tgamma(p + 1) / tgamma(p + 1 + d / 2), c = pow(unit, -1 / (p + d / 2));
  PetscReal       r2 = 0;

  for (PetscInt a = 0; a < b->dim; a++) r2 += PetscSqr(x[a] - b->centre[a]);
  return pow(t, -alpha) * pow(PetscMax(0, c - k * r2 * pow(t, -2 * alpha / d)), p);
}

PetscReal FlowGaussianValue(const PetscReal x[3], PetscReal t, const void *gaussian)
{
  const FlowGaussian *g     = (const FlowGaussian *)gaussian;
  const PetscReal     decay = exp(-g->k * t), mean = g->centre + (g->mean - g->centre) * decay;
  const PetscReal     v =
      g->k > 0 ? g->diffusivity / g->k + (g->variance - g->diffusivity / g->k) * decay * decay : g->variance + 2 * g->diffusivity * t;
  PetscReal rho = 1;

  for (PetscInt a = 0; a < g->dim; a++) rho *= exp(-PetscSqr(x[a] - mean) / (2 * v)) / sqrt(2 * PETSC_PI * v);
  return rho;
}

PetscReal FlowGaussianPotential(const PetscReal x[3], PetscReal t, const void *gaussian)
{
  const FlowGaussian *g = (const FlowGaussian *)gaussian;
  PetscReal           v = 0;

  (void)t;
  for (PetscInt a = 0; a < g->dim; a++) v += g->k / 2 * PetscSqr(x[a] - g->centre);
  return v;
}

Energy FlowPorousMedium(Grid grid, PetscReal m)
{
  Energy     energy;
  EnergyTerm term;

  assert_ok(EnergyCreate(PetscObjectComm((PetscObject)grid), &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, ENERGYPOWER, "power", &term));
  assert_ok(EnergyPowerSetExponent(term, m));
  return energy;
}

Energy FlowFokkerPlanck(Grid grid, const FlowGaussian *g)
{
  Energy     energy;
  EnergyTerm term;

  assert_ok(EnergyCreate(PetscObjectComm((PetscObject)grid), &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, "entropy", &term));
  assert_ok(EnergyEntropySetCoefficient(term, g->diffusivity));
  if (g->k > 0) {
    Vec v = FlowField(grid, FlowGaussianPotential, 0, g);

    assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
    assert_ok(EnergyPotentialSetField(term, v));
    assert_ok(VecDestroy(&v));
  }
  return energy;
}

void FlowFiniteVolumes(PetscInt n, FlowVariation f, const void *parameters, PetscReal diffusivity, PetscReal time, PetscReal rho[])
{
  const PetscReal h     = 1 / (PetscReal)n;
  const PetscInt  steps = (PetscInt)PetscCeilReal(time * diffusivity / (h * h));
  PetscReal       below, here, flux, in;

  for (PetscInt step = 0; step < steps; step++) {
    in    = 0; /* what came in from the left */
    below = f(h / 2, rho[0], parameters);
    for (PetscInt i = 0; i < n; i++) {
      flux = 0;
      here = i + 1 < n ? f(h * ((PetscReal)i + 1.5), rho[i + 1], parameters) : below;
      if (i + 1 < n) flux = -(rho[i] + rho[i + 1]) / 2 * (here - below) / h;
      rho[i] -= time / (PetscReal)steps / h * (flux - in);
      in    = flux;
      below = here;
    }
  }
}

PetscReal FlowDistance(JKO jko, const PetscReal rho[])
{
  Vec                u;
  const PetscScalar *x;
  PetscInt           first, last, n;
  PetscReal          sum = 0, all;

  assert_ok(JKOGetLogDensity(jko, &u));
  assert_ok(VecGetSize(u, &n));
  assert_ok(VecGetOwnershipRange(u, &first, &last));
  assert_ok(VecGetArrayRead(u, &x));
  for (PetscInt i = first; i < last; i++) sum += PetscAbsReal(PetscExpReal(x[i - first]) - rho[i]) / (PetscReal)n;
  assert_ok(VecRestoreArrayRead(u, &x));
  (void)MPI_Allreduce(&sum, &all, 1, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD);
  return all;
}
