/* U'(rho; x, y, z) of the cells of a grid. Where it varies with place, each cell has an interpolant of its own. */
#ifndef JKO_ENERGY_PLACE_H
#define JKO_ENERGY_PLACE_H

#include <jko/private/energyimpl.h>
#include <jko/private/fieldimpl.h>
#include "table.h"

typedef struct _n_Place *Place;

/* The function of rho is kept. Refuses, naming `option`, one that in some cell falls, is not finite for small densities, or has no U(0) =
   0. Collective. */
PETSC_INTERN PetscErrorCode PlaceCreate(Grid, const char option[], const char expression[], FieldFunction, Place *);
PETSC_INTERN PetscErrorCode PlaceDestroy(Place *);
/* In a cell of this rank: U' at rho = e^u; the half of the interpolant that counts at u, valid up to the next call, and how far u is from
   its start; U; the highest u at which U' is finite, or +inf. */
PETSC_INTERN PetscReal        PlaceExact(Place, PetscInt cell, PetscReal u);
PETSC_INTERN const TableHalf *PlaceFind(Place, PetscInt cell, PetscReal u, PetscReal *s);
PETSC_INTERN PetscReal        PlaceIntegral(Place, PetscInt cell, PetscReal u);
PETSC_INTERN PetscReal        PlaceBound(Place, PetscInt cell);
/* The node below the root u of  b + a u + c U'(e^u), or the first or the last where it lies beyond. */
PETSC_INTERN PetscReal PlaceBelow(Place, PetscInt cell, PetscReal a, PetscReal b, PetscReal c);
/* Of all cells: the most that an interpolant is off by over the change of U' over a factor e, measured in a few of them; whether U' ceases
   to be finite anywhere. */
PETSC_INTERN PetscReal PlaceOff(Place);
PETSC_INTERN PetscBool PlaceIsBounded(Place);

#endif
