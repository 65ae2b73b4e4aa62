/* Flows of several species for tests: energies, densities and flows in one call each, and what must hold of every step. */
#ifndef JKO_TESTS_SPECIES_H
#define JKO_TESTS_SPECIES_H

#include "flow.h"

#define SPECIES_MOST 3

typedef struct {
  PetscInt    species;
  const char *kappa;              /* expression of the bound of the sum, or NULL */
  PetscReal   excess;             /* the most that the sum over kappa exceeds 1 by */
  PetscReal   mass[SPECIES_MOST]; /* of the first state */
  PetscReal   off;                /* the most that one of them has changed by, relative */
  PetscReal   rise, energy;       /* the most that the energy has risen by in a step, and that of the last one */
  PetscReal   least;              /* density */
} SpeciesWatched;

/* SpeciesDensities at a place, one number per species. */
typedef void (*SpeciesDensities)(const PetscReal x[3], PetscReal t, PetscReal rho[]);

/* An energy of species a, b, ... of what these options say; not set up. */
Energy SpeciesEnergy(Grid grid, PetscInt species, const char options[]);
/* All densities at a time in one vector. */
Vec SpeciesFill(Energy energy, Grid grid, SpeciesDensities f, PetscReal t);
/* A flow from f at time 0. Takes grid and energy over. */
JKO SpeciesStart(Grid grid, Energy energy, SpeciesDensities f);
/* L1 distance to the densities at time t, over all masses. */
PetscReal SpeciesDistance(JKO jko, SpeciesDensities f, PetscReal t);
/* Runs a flow that is watched; each mass, the bound and the sign hold to round-off. */
void SpeciesRun(JKO jko, PetscReal dt, PetscInt steps, SpeciesWatched *w);

#endif
