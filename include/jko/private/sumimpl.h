/* Sums over the cells of all ranks that do not depend on how the cells are spread.

   Every addition keeps its rounding error (Knuth's TwoSum; Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26, 2005, algorithm 4.4), so
   a sum is good to about 2^-100 and rounds to the same double whatever the order: step solvers then take the same path on
   any number of ranks. */
#ifndef JKO_PRIVATE_SUMIMPL_H
#define JKO_PRIVATE_SUMIMPL_H

#include <jko/sys.h>

#define SUM_LANES 8 /* independent partial sums, so that a loop over them vectorises */

/* In GNU C, cut into registers by the compiler. */
typedef double SumVector __attribute__((vector_size(8 * SUM_LANES), aligned(8), may_alias));

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
  SumVector high = *(const SumVector *)sum->high, low = *(const SumVector *)sum->low;

  for (PetscInt i = 0; i < n; i += SUM_LANES) {
    const SumVector b = *(const SumVector *)(x + i), s = high + b, t = s - high;

    low += (high - (s - t)) + (b - t);
    high = s;
  }
  *(SumVector *)sum->high = high;
  *(SumVector *)sum->low  = low;
}

/* totals[i] = the value of sums[i] over all ranks. Collective. */
PETSC_INTERN PetscErrorCode SumAllreduce(MPI_Comm, PetscInt n, const Sum sums[], PetscReal totals[]);

#endif
