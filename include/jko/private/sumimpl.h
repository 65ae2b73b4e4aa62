/* Sums over the cells of all ranks that do not depend on how the cells are spread.

   Every addition keeps its rounding error (Knuth's TwoSum; Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26, 2005, algorithm 4.4), so
   a sum is good to about 2^-100 and rounds to the same double whatever the order: step solvers then take the same path on
   any number of ranks. */
#ifndef JKO_PRIVATE_SUMIMPL_H
#define JKO_PRIVATE_SUMIMPL_H

#include <jko/sys.h>

#define SUM_LANES 8 /* independent partial sums, so that a loop over them vectorises */

typedef struct {
  double high[SUM_LANES], low[SUM_LANES];
} Sum;

/* Adds one number, for loops that do not matter. */
static inline void SumAddOne(Sum *sum, double x)
{
  const double a = sum->high[0], s = a + x, t = s - a;

  sum->high[0] = s;
  sum->low[0] += (a - (s - t)) + (x - t);
}

/* Adds x[0..n); n is a multiple of SUM_LANES. */
static inline void SumAdd(Sum *sum, PetscInt n, const double x[])
{
  for (PetscInt i = 0; i < n; i += SUM_LANES)
    for (int l = 0; l < SUM_LANES; l++) {
      const double a = sum->high[l], b = x[i + l], s = a + b, t = s - a;

      sum->high[l] = s;
      sum->low[l] += (a - (s - t)) + (b - t);
    }
}

/* totals[i] = the value of sums[i] over all ranks. Collective. */
PETSC_INTERN PetscErrorCode SumAllreduce(MPI_Comm, PetscInt n, const Sum sums[], PetscReal totals[]);

#endif
