/* Energies and their equations for the tests of the class, written a second time, in long double. */
#ifndef JKO_TESTS_ENERGY_TERMS_H
#define JKO_TESTS_ENERGY_TERMS_H

#include <math.h>
#include "../support/harness.h"

#define TERMS_POWERS 3

/* D int rho log rho + sum of g/(m-1) int rho^m + int V rho; parts with coefficient 0 are left out. */
typedef struct {
  PetscReal D;
  PetscInt  powers;
  PetscReal m[TERMS_POWERS], g[TERMS_POWERS];
  PetscReal V; /* V is this times a number in [-1, 1] that depends on the cell */
} Terms;

/* n x 3 cells. */
static inline Grid PlaceGrid(MPI_Comm comm, PetscInt n)
{
  const PetscInt  sizes[2] = {n, 3};
  const PetscReal lower[2] = {0, 0}, upper[2] = {1, 0.75};
  Grid            grid;

  assert_ok(GridCreate(comm, &grid));
  assert_ok(GridSetSizes(grid, 2, sizes));
  assert_ok(GridSetBox(grid, lower, upper));
  assert_ok(GridSetUp(grid));
  return grid;
}

/* A vector of  middle + amplitude times numbers in [-1, 1]  that depend on the cell's place, not on the rank. */
static inline Vec PlaceVector(Grid grid, uint64_t seed, PetscReal middle, PetscReal amplitude)
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

/* Adds the terms to an energy; V is what PlaceVector(grid, seed, 0, terms->V) gives. */
static inline void TermsAdd(const Terms *terms, Grid grid, uint64_t seed, Energy energy)
{
  EnergyTerm term;
  char       name[16];

  if (terms->D > 0) {
    assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, &term));
    assert_ok(EnergyEntropySetCoefficient(term, terms->D));
  }
  for (PetscInt p = 0; p < terms->powers; p++) {
    assert_ok(PetscSNPrintf(name, sizeof name, "power%d", (int)p));
    assert_ok(EnergyAddTerm(energy, ENERGYPOWER, name, &term));
    assert_ok(EnergyPowerSetExponent(term, terms->m[p]));
    assert_ok(EnergyPowerSetCoefficient(term, terms->g[p]));
  }
  if (terms->V != 0 || (terms->D == 0 && !terms->powers)) {
    Vec V = PlaceVector(grid, seed, 0, terms->V);

    assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, NULL, &term));
    assert_ok(EnergyPotentialSetField(term, V));
    assert_ok(VecDestroy(&V));
  }
}

/* The energy of the terms, set up; V is what PlaceVector(grid, 99, 0, terms->V) gives. */
static inline Energy TermsEnergy(Grid grid, const Terms *terms)
{
  Energy energy;

  assert_ok(EnergyCreate(PetscObjectComm((PetscObject)grid), &energy));
  assert_ok(EnergySetGrid(energy, grid));
  TermsAdd(terms, grid, 99, energy);
  assert_ok(EnergySetUp(energy));
  return energy;
}

/* F'(e^u) where the potential is V; the largest of its parts (of the entropy: D u and D) and dF'/du where not NULL. */
static inline long double TermsVariation(const Terms *terms, PetscReal V, long double u, long double *largest, long double *slope)
{
  const long double entropy = terms->D > 0 ? terms->D * u : 0;
  long double       f = entropy + terms->D + V, big = fmaxl(fmaxl(fabsl(entropy), terms->D), fabsl((long double)V)), df = terms->D;

  for (PetscInt p = 0; p < terms->powers; p++) {
    const long double m = terms->m[p], part = terms->g[p] * m / (m - 1) * expl((m - 1) * u);

    f += part;
    df += (m - 1) * part;
    big = fmaxl(big, fabsl(part));
  }
  if (largest) *largest = big;
  if (slope) *slope = df;
  return f;
}

#endif
