/* Energies and their equations for the tests of the class, written a second time, in long double. */
#ifndef JKO_TESTS_ENERGY_SUMS_H
#define JKO_TESTS_ENERGY_SUMS_H

#include <math.h>
#include "../support/harness.h"

#define SUM_POWERS 3

/* D int rho log rho + sum g/(m-1) int rho^m + int V rho; parts with coefficient 0 are left out. */
typedef struct {
  PetscReal D;
  PetscInt  powers;
  PetscReal m[SUM_POWERS], g[SUM_POWERS];
  PetscReal V; /* V is this times a number in [-1, 1] that depends on the cell */
} Sum;

static inline Grid SumGrid(PetscInt n)
{
  const PetscInt  sizes[2] = {n, 3};
  const PetscReal lower[2] = {0, 0}, upper[2] = {1, 0.75};
  Grid            grid;

  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_ok(GridSetSizes(grid, 2, sizes));
  assert_ok(GridSetBox(grid, lower, upper));
  assert_ok(GridSetUp(grid));
  return grid;
}

/* A vector of  middle + amplitude times numbers in [-1, 1]  that depend on the cell's place, not on the rank. */
static inline Vec SumVector(Grid grid, uint64_t seed, PetscReal middle, PetscReal amplitude)
{
  Vec          v;
  PetscScalar *x;
  PetscInt     n[3], start[3], width[3], at = 0;

  assert_ok(GridCreateVector(grid, &v));
  assert_ok(GridGetSizes(grid, n));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(VecGetArrayWrite(v, &x));
  for (PetscInt k = start[2]; k < start[2] + width[2]; k++)
    for (PetscInt j = start[1]; j < start[1] + width[1]; j++)
      for (PetscInt i = start[0]; i < start[0] + width[0]; i++)
        x[at++] = middle + amplitude * HarnessRandom(seed, (uint64_t)(i + n[0] * (j + n[1] * k)));
  assert_ok(VecRestoreArrayWrite(v, &x));
  return v;
}

/* The energy of the sum, set up; V is what SumVector(grid, 99, 0, sum->V) gives. */
static inline Energy SumEnergy(Grid grid, const Sum *sum)
{
  Energy     energy;
  EnergyTerm term;
  char       name[16];

  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, grid));
  if (sum->D > 0) {
    assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, &term));
    assert_ok(EnergyEntropySetCoefficient(term, sum->D));
  }
  for (PetscInt p = 0; p < sum->powers; p++) {
    assert_ok(PetscSNPrintf(name, sizeof name, "power%d", (int)p));
    assert_ok(EnergyAddTerm(energy, ENERGYPOWER, name, &term));
    assert_ok(EnergyPowerSetExponent(term, sum->m[p]));
    assert_ok(EnergyPowerSetCoefficient(term, sum->g[p]));
  }
  if (sum->V != 0 || (sum->D == 0 && !sum->powers)) {
    Vec V = SumVector(grid, 99, 0, sum->V);

    assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, NULL, &term));
    assert_ok(EnergyPotentialSetField(term, V));
    assert_ok(VecDestroy(&V));
  }
  assert_ok(EnergySetUp(energy));
  return energy;
}

/* F'(e^u) where the potential is V; the largest of its parts (of the entropy: D u and D) and dF'/du where not NULL. */
static inline long double SumVariation(const Sum *sum, PetscReal V, long double u, long double *largest, long double *slope)
{
  const long double entropy = sum->D > 0 ? sum->D * u : 0;
  long double       f = entropy + sum->D + V, big = fmaxl(fmaxl(fabsl(entropy), sum->D), fabsl((long double)V)), df = sum->D;

  for (PetscInt p = 0; p < sum->powers; p++) {
    const long double m = sum->m[p], part = sum->g[p] * m / (m - 1) * expl((m - 1) * u);

    f += part;
    df += (m - 1) * part;
    big = fmaxl(big, fabsl(part));
  }
  if (largest) *largest = big;
  if (slope) *slope = df;
  return f;
}

#endif
