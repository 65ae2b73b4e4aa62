#include "species.h"

Energy SpeciesEnergy(Grid grid, PetscInt species, const char options[])
{
  const char *const names[SPECIES_MOST] = {"a", "b", "c"};
  Energy            energy;

  assert_ok(EnergyCreate(PetscObjectComm((PetscObject)grid), &energy));
  assert_ok(EnergySetSpecies(energy, species, names));
  assert_ok(EnergySetGrid(energy, grid));
  FlowEnergyRead(energy, options);
  return energy;
}

/* One species of all. */
typedef struct {
  SpeciesDensities f;
  PetscInt         species;
} Share;

static PetscReal ShareValue(const PetscReal x[3], PetscReal t, const void *share)
{
  const Share *s                 = (const Share *)share;
  PetscReal    rho[SPECIES_MOST] = {0};

  s->f(x, t, rho);
  return rho[s->species];
}

Vec SpeciesFill(Energy energy, Grid grid, SpeciesDensities f, PetscReal t)
{
  Share    share = {.f = f};
  Vec      all;
  PetscInt species;

  assert_ok(EnergyGetSpeciesCount(energy, &species));
  assert_ok(EnergyCreateVector(energy, &all));
  for (; share.species < species; share.species++) {
    Vec part, values = FlowField(grid, ShareValue, t, &share);

    assert_ok(GridGetPart(grid, all, share.species, PETSC_TRUE, &part));
    assert_ok(VecCopy(values, part));
    assert_ok(GridRestorePart(grid, all, PETSC_TRUE, &part));
    assert_ok(VecDestroy(&values));
  }
  return all;
}

JKO SpeciesStart(Grid grid, Energy energy, SpeciesDensities f)
{
  return FlowStart(grid, energy, SpeciesFill(energy, grid, f, 0));
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
  if (w->kappa) PetscCall(FieldFromExpression(grid, "kappa", w->kappa, FIELD_TIMELESS, kappa));
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
