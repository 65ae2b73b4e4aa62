/* An increasing function of u = log rho from its values at equally spaced nodes, with a bounded bend: |d2f| <= rate df. */
#ifndef JKO_ENERGY_TABLE_H
#define JKO_ENERGY_TABLE_H

#include <petscsys.h>

#define TABLE_SPAN      64 /* nodes at |u| <= this */
#define TABLE_INTERVALS 64 /* per unit of u */
#define TABLE_NODES     (2 * TABLE_SPAN * TABLE_INTERVALS + 1)
#define TABLE_HALF      (0.5 / TABLE_INTERVALS)

typedef struct {
  PetscInt   halves;        /* half intervals in use */
  PetscReal  lower, upper;  /* u of the first and of the last node in use */
  PetscReal *f, *d, *k, *g; /* at the start of each half: value, derivative, log-slope of the derivative there, int e^v df over v < u */
  PetscReal  rate;
} Table;

/* u of node j, and of the points between nodes where a table is held against what it stands for. */
PETSC_INTERN PetscReal TableNode(PetscReal j);
/* From the values at nodes first ... last, which do not decrease. */
PETSC_INTERN PetscErrorCode TableCreate(PetscInt first, PetscInt last, const PetscReal values[], Table *);
PETSC_INTERN PetscErrorCode TableDestroy(Table *);
/* f, df and d2f at u, beyond the nodes too; g = int e^v df over v < u. */
PETSC_INTERN void      TableValue(const Table *, PetscReal u, PetscReal *f, PetscReal *df, PetscReal *d2f);
PETSC_INTERN PetscReal TableIntegral(const Table *, PetscReal u);

#endif
