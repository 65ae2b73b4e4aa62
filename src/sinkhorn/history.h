#ifndef JKO_SINKHORN_HISTORY_H
#define JKO_SINKHORN_HISTORY_H

#include <jko/sinkhorn.h>

#define ANDERSON_MAX_DEPTH 20

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

#endif
