/* Random problems for stress tests: a grid, an energy, a density and a step in one call, far beyond what anyone would ask for. */
#ifndef JKO_TESTS_PROBLEM_H
#define JKO_TESTS_PROBLEM_H

#include "flow.h"

typedef struct {
  uint64_t     seed;
  PetscInt     dim, n[3];
  PetscReal    lower[3], upper[3], mass, tau, epsilon;
  GridBoundary boundary[3];
  int          shape, valley;
  PetscReal    width, depth;
  PetscBool    plain;
} Problem;

/* The problem of this number, ready to step but for an end. Sums of entropy, power and potential with coefficients over 8 decades and
   exponents from 0.5 to 8, potentials up to hundreds of times the diffusivity, densities with holes, spikes, noise and compact support,
   masses and time steps over 6 decades; small grids in 1, 2 and 3 dimensions, of different spacing along each axis. */
JKO ProblemDraw(MPI_Comm, uint64_t seed, Problem *);
/* Prints the problem and its last step; `what` is to be said of it, or NULL. Collective. */
void ProblemDescribe(const Problem *, JKO, const char *what);

#endif
