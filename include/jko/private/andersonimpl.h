#ifndef JKO_PRIVATE_ANDERSONIMPL_H
#define JKO_PRIVATE_ANDERSONIMPL_H

#include <jko/sys.h>

#define ANDERSON_MAX_DEPTH   20
#define ANDERSON_USUAL_DEPTH 10

/* Differences of iterates x and their residuals f = x - G(x), newest last; see history.c. */
typedef struct {
  PetscInt  depth;               /* differences kept at most */
  PetscInt  n;                   /* local cells */
  PetscInt  count, next, newest; /* differences kept, place of the next one, place of the newest */
  float    *df[ANDERSON_MAX_DEPTH], *dg[ANDERSON_MAX_DEPTH];
  PetscReal gram[ANDERSON_MAX_DEPTH][ANDERSON_MAX_DEPTH]; /* <df_i, df_j> */
  PetscReal rhs[ANDERSON_MAX_DEPTH];                      /* <df_i, f> */
  Vec       f_old, g_old;                                 /* f and G of the last iterate */
  PetscBool started;                                      /* there is a last iterate */
} AndersonHistory;

PETSC_INTERN PetscErrorCode AndersonHistorySetUp(AndersonHistory *, Vec like);
PETSC_INTERN PetscErrorCode AndersonHistoryReset(AndersonHistory *);
PETSC_INTERN void           AndersonHistoryRestart(AndersonHistory *);
PETSC_INTERN PetscErrorCode AndersonHistoryAdd(AndersonHistory *, Vec x, Vec f, PetscReal *norm);
PETSC_INTERN PetscBool      AndersonHistorySolve(const AndersonHistory *, PetscReal gamma[]);
PETSC_INTERN PetscErrorCode AndersonHistoryNext(const AndersonHistory *, PetscInt count, const PetscReal gamma[], PetscReal mixing, Vec x);

/* The way of an accelerated fixed point from one x to the next; see anderson.c. */
typedef struct {
  AndersonHistory history;
  PetscReal       norm;   /* of the residual taken in last; 0 before it */
  PetscReal       best;   /* norm since the history began */
  PetscReal       mixing; /* share of the residual that steps take */
  PetscReal       moved;  /* length of the last step, if it was a plain one, else 0 */
  PetscBool       adapts; /* mixing may become less than 1 */
} Anderson;

PETSC_INTERN void           AndersonBegin(Anderson *, PetscBool adapts);
PETSC_INTERN PetscErrorCode AndersonMeasure(Anderson *, Vec x, Vec f);
PETSC_INTERN PetscErrorCode AndersonAdvance(Anderson *, Vec x);

/* When a solve has waited long enough for its residual to fall. */
typedef struct {
  PetscReal best;      /* residual */
  PetscInt  iteration; /* that had it */
} Progress;

PETSC_INTERN void     ProgressBegin(Progress *);
PETSC_INTERN PetscInt ProgressWaited(Progress *, PetscInt iteration, PetscReal residual);

#endif
