/* An increasing function of u = log rho from its values at equally spaced nodes, with a bounded bend: |d2f| <= rate df. */
#ifndef JKO_ENERGY_TABLE_H
#define JKO_ENERGY_TABLE_H

#include <petscsys.h>

#define TABLE_SPAN      64 /* nodes at |u| <= this */
#define TABLE_INTERVALS 64 /* per unit of u */
#define TABLE_NODES     (2 * TABLE_SPAN * TABLE_INTERVALS + 1)
#define TABLE_HALF      (0.5 / TABLE_INTERVALS)

#define TABLE_STEEPEST 2000.0 /* the most that a rate can be */
#define TABLE_POLE     4      /* intervals below a density where the function ceases to be finite that need not be met between nodes */
#define TABLE_WINDOW   7      /* nodes that an interval depends on: three more before, two after it */

/* Half an interval between nodes: value and derivative at its start, and the log-slope of the derivative. */
typedef struct {
  PetscReal f, d, k;
} TableHalf;

typedef struct {
  PetscInt   halves;       /* in use */
  PetscReal  lower, upper; /* u of the first and of the last node in use */
  TableHalf *half;
  PetscReal *g; /* int e^v df over v < u at the start of each */
  PetscReal  rate;
} Table;

/* u of node j, and of the points between nodes where a table is held against what it stands for. */
PETSC_INTERN PetscReal TableNode(PetscReal j);
/* The last node that counts for that. */
static inline PetscInt TableLastMet(PetscInt last)
{
  return last < TABLE_NODES - 1 ? last - TABLE_POLE : last;
}
/* From the values at nodes first ... last, which do not decrease. */
PETSC_INTERN PetscErrorCode TableCreate(PetscInt first, PetscInt last, const PetscReal values[], Table *);
PETSC_INTERN PetscErrorCode TableDestroy(Table *);
/* The two halves between nodes j and j + 1 of the n <= TABLE_WINDOW nodes around, of a table of rate TABLE_STEEPEST. */
PETSC_INTERN void TableInterval(PetscInt n, const PetscReal values[], PetscInt j, TableHalf half[2]);
/* The half that counts at u, beyond the nodes too, and how far u is from its start; f, df and d2f there; g = int e^v df over v < u. */
PETSC_INTERN const TableHalf *TableFind(const Table *, PetscReal u, PetscReal *s);
PETSC_INTERN void             TableValue(const TableHalf *, PetscReal s, PetscReal *f, PetscReal *df, PetscReal *d2f);
PETSC_INTERN PetscReal        TableIntegral(const Table *, PetscReal u);

#endif
