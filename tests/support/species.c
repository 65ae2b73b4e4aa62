#include "species.h"

Energy SpeciesEnergy(Grid grid, PetscInt species, const char options[])
{
  const char *const names[SPECIES_MOST] = {"a", "b", "c"};
  Energy            energy;
  PetscOptions      database;

  assert_ok(EnergyCreate(PetscObjectComm((PetscObject)grid), &energy));
  assert_ok(EnergySetSpecies(energy, species, names));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(PetscOptionsCreate(&database));
  assert_ok(PetscOptionsInsertString(database, options));
  assert_ok(PetscOptionsPush(database));
  assert_ok(EnergySetFromOptions(energy));
  assert_ok(PetscOptionsPop());
  assert_ok(PetscOptionsDestroy(&database));
  return energy;
}

/* All densities at a time in one vector. */
Vec SpeciesFill(Energy energy, Grid grid, SpeciesDensities f, PetscReal t)
{
  Vec      all;
  PetscInt species, start[3], width[3];

  assert_ok(EnergyGetSpeciesCount(energy, &species));
  assert_ok(EnergyCreateVector(energy, &all));
  assert_ok(GridGetCorners(grid, start, width));
  for (PetscInt s = 0; s < species; s++) {
    Vec          part;
    PetscScalar *a;

    assert_ok(GridGetPart(grid, all, s, PETSC_TRUE, &part));
    assert_ok(VecGetArray(part, &a));
    for (PetscInt k = 0; k < width[2]; k++)
      for (PetscInt j = 0; j < width[1]; j++)
        for (PetscInt i = 0; i < width[0]; i++) {
          PetscReal x[3], rho[SPECIES_MOST] = {0};

          GridGetCentre(grid, 0, start[0] + i, &x[0]);
          GridGetCentre(grid, 1, start[1] + j, &x[1]);
          GridGetCentre(grid, 2, start[2] + k, &x[2]);
          f(x, t, rho);
          a[i + width[0] * (j + width[1] * k)] = rho[s];
        }
    assert_ok(VecRestoreArray(part, &a));
    assert_ok(GridRestorePart(grid, all, PETSC_TRUE, &part));
  }
  return all;
}

/* Takes grid and energy over. */
JKO SpeciesStart(Grid grid, Energy energy, SpeciesDensities f)
{
  JKO jko;
  Vec rho = SpeciesFill(energy, grid, f, 0);

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

static PetscErrorCode Watch(JKO jko, const JKOStepInfo *info, void *context)
{
  SpeciesWatched    *w = (SpeciesWatched *)context;
  Grid               grid;
  Vec                rho, kappa = NULL;
  const PetscScalar *x, *k      = NULL;
  PetscInt           n;
  PetscReal          extreme[2] = {-1, 0};

  PetscFunctionBegin;
  PetscCall(JKOGetGrid(jko, &grid));
  PetscCall(JKOGetLogDensity(jko, &rho));
  PetscCall(VecDuplicate(rho, &rho));
  PetscCall(JKOGetDensity(jko, rho));
  PetscCall(GridCreateVector(grid, &kappa));
  if (w->kappa) PetscCall(FieldFromExpression(grid, "kappa", w->kappa, 0, kappa));
  for (PetscInt s = 0; s < w->species; s++) {
    Vec       part;
    PetscReal mass;

    PetscCall(GridGetPart(grid, rho, s, PETSC_FALSE, &part));
    PetscCall(GridIntegrate(grid, part, &mass));
    PetscCall(GridRestorePart(grid, rho, PETSC_FALSE, &part));
    if (!info->step) w->mass[s] = mass;
    w->off = PetscMax(w->off, PetscAbsReal(mass / w->mass[s] - 1));
  }
  PetscCall(VecGetLocalSize(kappa, &n));
  PetscCall(VecGetArrayRead(rho, &x));
  PetscCall(VecGetArrayRead(kappa, &k));
  for (PetscInt i = 0; i < n; i++) {
    PetscReal sum = 0;

    for (PetscInt s = 0; s < w->species; s++) {
      sum += x[i + s * n];
      extreme[1] = PetscMax(extreme[1], -x[i + s * n]);
    }
    if (w->kappa && sum > 0) extreme[0] = PetscMax(extreme[0], sum / k[i] - 1);
  }
  PetscCall(VecRestoreArrayRead(kappa, &k));
  PetscCall(VecRestoreArrayRead(rho, &x));
  PetscCall(VecDestroy(&kappa));
  PetscCall(VecDestroy(&rho));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, extreme, 2, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)jko)));
  w->excess = PetscMax(w->excess, extreme[0]);
  w->least  = PetscMin(w->least, -extreme[1]);
  w->rise   = info->step ? PetscMax(w->rise, info->energy - w->energy) : -1;
  w->energy = info->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* L1 distance to the densities at time t, over all masses. */
PetscReal SpeciesDistance(JKO jko, SpeciesDensities f, PetscReal t)
{
  Grid      grid;
  Energy    energy;
  Vec       rho, exact;
  PetscReal volume, sum, mass;

  assert_ok(JKOGetGrid(jko, &grid));
  assert_ok(JKOGetEnergy(jko, &energy));
  exact = SpeciesFill(energy, grid, f, t);
  assert_ok(VecDuplicate(exact, &rho));
  assert_ok(JKOGetDensity(jko, rho));
  assert_ok(GridGetCellVolume(grid, &volume));
  assert_ok(VecNorm(exact, NORM_1, &mass));
  assert_ok(VecAXPY(rho, -1, exact));
  assert_ok(VecNorm(rho, NORM_1, &sum));
  assert_ok(VecDestroy(&rho));
  assert_ok(VecDestroy(&exact));
  return sum / mass;
}

/* Runs a flow that is watched; each mass, the bound and the sign hold to round-off. */
void SpeciesRun(JKO jko, PetscReal dt, PetscInt steps, SpeciesWatched *w)
{
  w->excess = -1;
  assert_ok(JKOMonitorSet(jko, Watch, w));
  FlowRun(jko, dt, steps);
  assert_within(w->off, 1e-13);
  assert_within(PetscMax(0, w->excess), 1e-12);
  assert_all(w->least >= 0);
}
