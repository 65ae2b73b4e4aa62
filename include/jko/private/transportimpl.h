#ifndef JKO_PRIVATE_TRANSPORTIMPL_H
#define JKO_PRIVATE_TRANSPORTIMPL_H

#include <jko/private/petsccompat.h>
#include <jko/transport.h>
#include <jko/private/andersonimpl.h>

#define TRANSPORT_MAX_LEVELS 24
#define TRANSPORT_LADDER     4.0  /* eps of a level over that of the next */
#define TRANSPORT_WALLED     2.0  /* behind walls, where the last eps that reaches is not small */
#define TRANSPORT_TRUNCATION 20.0 /* sigma, the widest radius of a kernel */

/* What is kept of one eps between calls: the guess of the next solve, and what belongs to the target alone. */
typedef struct {
  PetscReal epsilon;    /* length^2 */
  PetscReal truncation; /* of the kernel there, in sigma; 0: not solved yet */
  Vec       beta;       /* log of the scaling of the target's side; NULL: not solved yet */
  PetscReal stay;       /* cost of keeping the target in place, length^2; NaN: not known */
} TransportLevel;

struct _p_Transport {
  PETSCHEADER(int);
  /* parameters */
  Grid      grid;
  PetscReal tol;          /* of W2, relative */
  PetscReal residual_tol; /* of the L1 marginal residual of a solve */
  PetscReal least;        /* eps of the last level, length^2, where the grid allows less */
  PetscInt  max_it;       /* evaluations per solve, two kernel applications each */
  /* children */
  Kernel   kernel;
  Anderson anderson;
  /* the pair; densities are scaled to a sum of 1 */
  Vec       log_a, log_b;
  PetscReal sum; /* of the first, over cells, as it came in */
  /* levels, from the widest eps down */
  PetscInt       count, first; /* how many there are; where the next call starts */
  TransportLevel level[TRANSPORT_MAX_LEVELS];
  PetscReal      span; /* of the box, along its longest axis */
  PetscReal      cell; /* the narrowest width of a cell along an axis that has several */
  PetscBool      walled;
  /* work: one value per cell */
  Vec alpha, beta, image, scale, x, f;
  /* status */
  PetscReal residual;
  PetscInt  iterations; /* of a solve */
  PetscInt  total;      /* of the last call */
  PetscReal epsilon;    /* the narrowest of the last call */
  PetscReal truncation; /* of the plan that TransportGetBetween() follows */
  PetscBool setup;
};

PETSC_INTERN PetscErrorCode TransportSetUp(Transport);
PETSC_INTERN PetscErrorCode TransportNormalise(Vec log_rho, Vec normalised, PetscReal *sum);
PETSC_INTERN PetscErrorCode TransportSolve(Transport);
PETSC_INTERN PetscErrorCode TransportSolveLevel(Transport, TransportLevel *, PetscReal epsilon_before, PetscBool *works);
PETSC_INTERN PetscReal      TransportMostTruncation(Transport, PetscReal epsilon);
PETSC_INTERN PetscErrorCode TransportStay(Transport, Vec log_rho, PetscReal *cost);
PETSC_INTERN PetscErrorCode TransportInterpolate(Transport, PetscReal epsilon, PetscReal s, Vec log_rho, PetscBool *whole);
PETSC_INTERN PetscErrorCode TransportApplyBoth(Transport);
PETSC_INTERN PetscErrorCode TransportGetStrain(Transport, PetscReal factor, PetscReal *strain);

PETSC_EXTERN PetscLogEvent Transport_Distance;

#endif
