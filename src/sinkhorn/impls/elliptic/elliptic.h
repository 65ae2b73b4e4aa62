#ifndef JKO_SINKHORN_ELLIPTIC_H
#define JKO_SINKHORN_ELLIPTIC_H

#include <petscksp.h>
#include <jko/sinkhorn.h>
#include <jko/private/energyimpl.h>

#define ELLIPTIC_MAX_LEVELS 16
#define ELLIPTIC_TOL        5e-2 /* of the mass-weighted residual: the outer iteration corrects what is left */
#define ELLIPTIC_MAX_IT     60

/* The operator on one grid, see operator.c and level.c. All coefficients are vectors with ghosts, so that blocks of cells that are
   spread over ranks can be joined. */
typedef struct _EllipticLevel {
  struct _EllipticLevel *finer; /* NULL on the grid of the density */
  DM                     dm;
  PetscInt               dim, n[3], start[3], width[3]; /* cells, and those of this rank */
  PetscInt               stride[3], first;              /* in arrays with ghosts; where this rank's cells begin */
  PetscInt               shift[3];                      /* 2^shift cells of the finer grid make one along each axis */
  PetscReal              h[3];                          /* cell widths, length */
  /* coefficients */
  Vec root;     /* S = sqrt(Q) */
  Vec reaction; /* Q-weighted mean of 1 + s */
  Vec flow[3];  /* c (eps/2) D Q / h^2 on the face to the next cell along each axis, over S of either side; 0 on walls */
  Vec diagonal; /* of the operator; without ghosts */
  Vec share;    /* S of the cell over S of its coarse cell */
  /* work */
  Vec x, z; /* with and without ghosts */
  /* the operator and the interpolation to the finer grid, without stored entries */
  Mat matrix, prolongation;
} EllipticLevel;

/* The place of this rank's cell (0, j, k) in arrays with ghosts. */
static inline PetscInt EllipticLevelRow(const EllipticLevel *l, PetscInt j, PetscInt k)
{
  return l->first + j * l->stride[1] + k * l->stride[2];
}

/* The fine cells of coarse cell i along axis a: the first, as counted from this rank's first, and how many there are. */
static inline PetscInt EllipticLevelBlock(const EllipticLevel *coarse, PetscInt a, PetscInt i, PetscInt *count)
{
  const EllipticLevel *fine  = coarse->finer;
  const PetscInt       begin = (coarse->start[a] + i) << coarse->shift[a];

  *count = PetscMin((PetscInt)1 << coarse->shift[a], fine->n[a] - begin);
  return begin - fine->start[a];
}

/* The coarse cell of fine cell i along axis a, as counted from this rank's first: -1 is on the rank before. */
static inline PetscInt EllipticLevelParent(const EllipticLevel *coarse, PetscInt a, PetscInt i)
{
  return ((coarse->finer->start[a] + i) >> coarse->shift[a]) - coarse->start[a];
}

/* The linear solver. */
typedef struct {
  PetscInt       count; /* of levels; 0 is the grid of the density */
  EllipticLevel *level[ELLIPTIC_MAX_LEVELS];
  Vec            lp;        /* with ghosts, -inf outside the box */
  Mat            assembled; /* of the coarsest level */
  KSP            ksp;
  Vec            x, b; /* S w and S r */
} EllipticSolver;

/* The linear problem of all densities; see system.c. */
typedef struct {
  Grid            grid; /* borrowed */
  PetscInt        count;
  EllipticSolver *own[ENERGY_MAX_SPECIES]; /* of each density */
  /* of several */
  EllipticSolver *common;   /* of a w that is the same for all */
  Vec             coupling; /* r */
  Vec             share;    /* S of a density over that of the sum */
  Vec             reaction; /* du (1 - pull) */
  Mat             matrix;
  KSP             ksp;
  Vec             x, b; /* S w and S r */
} EllipticSystem;

/* Cells of this rank, of one density. */
static inline PetscInt EllipticSystemCells(const EllipticSystem *y)
{
  const EllipticLevel *l = y->own[0]->level[0];

  return l->width[0] * l->width[1] * l->width[2];
}

PETSC_INTERN PetscErrorCode EllipticLevelCreate(DM, const PetscReal h[3], EllipticLevel **);
PETSC_INTERN PetscErrorCode EllipticLevelCoarsen(EllipticLevel *, EllipticLevel **);
PETSC_INTERN PetscErrorCode EllipticLevelDestroy(EllipticLevel **);
PETSC_INTERN PetscErrorCode EllipticLevelCopyOwn(EllipticLevel *, Vec ghosted, Vec own);
PETSC_INTERN PetscErrorCode EllipticLevelExchange(EllipticLevel *, Vec);
PETSC_INTERN PetscErrorCode EllipticLevelSetDiagonal(EllipticLevel *);
PETSC_INTERN PetscErrorCode EllipticLevelJoin(EllipticLevel *);
PETSC_INTERN PetscErrorCode EllipticLevelCreateMatrix(EllipticLevel *, Mat *);
PETSC_INTERN PetscErrorCode EllipticLevelAssemble(EllipticLevel *, Mat);
PETSC_INTERN PetscErrorCode EllipticLevelCreateShells(EllipticLevel *);

PETSC_INTERN PetscErrorCode EllipticSolverCreate(Sinkhorn, const char prefix[], const char part[], EllipticSolver **);
PETSC_INTERN PetscErrorCode EllipticSolverSetFromOptions(KSP);
PETSC_INTERN PetscErrorCode EllipticSolverDestroy(EllipticSolver **);
PETSC_INTERN PetscErrorCode EllipticScale(EllipticSolver *, PetscBool divide, Vec in, Vec out);

PETSC_INTERN PetscErrorCode EllipticOperatorUniform(EllipticSolver *);
PETSC_INTERN PetscErrorCode EllipticOperatorDensity(Sinkhorn, EllipticSolver *, Vec beta, Vec lp);
PETSC_INTERN PetscErrorCode EllipticOperator(Sinkhorn, EllipticSolver *, PetscReal damping, Vec lp, Vec du);
PETSC_INTERN PetscErrorCode EllipticOperatorFinish(EllipticSolver *);

PETSC_INTERN PetscErrorCode EllipticSystemCreate(Sinkhorn, const char prefix[], EllipticSystem **);
PETSC_INTERN PetscErrorCode EllipticSystemDestroy(EllipticSystem **);
PETSC_INTERN PetscErrorCode EllipticSystemView(EllipticSystem *, PetscViewer);
PETSC_INTERN PetscErrorCode EllipticSystemOperator(Sinkhorn, EllipticSystem *, PetscReal damping, Vec beta, Vec lp, Vec du, Vec pull);
PETSC_INTERN PetscErrorCode EllipticSystemScale(EllipticSystem *, PetscBool divide, Vec in, Vec out);
PETSC_INTERN PetscErrorCode EllipticSystemSolve(EllipticSystem *, Vec r, Vec w);

PETSC_EXTERN PetscLogEvent Sinkhorn_EllipticAssemble, Sinkhorn_EllipticSolve;

#endif
