/* The proximal operator of all densities as vectors (prox.c, coupled.c). */
#include <math.h>
#include "prox.h"

#define PROX_FLOOR ((PetscReal)-1e5) /* stands for log 0 */

/* NaN and +inf are no logarithms of densities; -inf is. */
static PetscErrorCode ProxCheckArguments(Energy energy, PetscReal theta, PetscReal lambda, Vec lp)
{
  const MPI_Comm     comm = PetscObjectComm((PetscObject)energy);
  const PetscScalar *x;
  PetscInt           bad = 0;

  PetscFunctionBegin;
  PetscCheck(theta > 0 && !PetscIsInfOrNanReal(theta), comm, PETSC_ERR_ARG_OUTOFRANGE, "theta = %.6g given; it is positive and finite",
             (double)theta);
  PetscCheck(lambda >= 0 && !PetscIsInfOrNanReal(lambda), comm, PETSC_ERR_ARG_OUTOFRANGE,
             "lambda = %.6g given; it is 0 or positive, and finite", (double)lambda);
  PetscCall(EnergyCheckVector(energy, lp, "lp"));
  PetscCall(VecGetArrayRead(lp, &x));
  for (PetscInt i = 0; i < EnergyDensities(energy) * energy->n; i++) bad += !(PetscRealPart(x[i]) <= PETSC_MAX_REAL);
  PetscCall(VecRestoreArrayRead(lp, &x));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &bad, 1, MPIU_INT, MPI_SUM, comm));
  PetscCheck(!bad, comm, PETSC_ERR_FP, "lp is NaN or +inf in %" PetscInt_FMT " cells", bad);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A chunk where lp may be -inf: such cells are solved at the floor, which gives du, and then emptied. */
static void ProxChunkWithVacuum(Energy energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, const PetscScalar lp[],
                                PetscScalar u[], PetscScalar du[])
{
  const PetscInt   species = EnergyDensities(energy);
  EnergyArrays     floored, root, slope, pull;
  EnergyConstParts p;
  EnergyParts      roots, slopes, pulls;

  for (PetscInt k = 0; k < species; k++) {
    const PetscInt cell = k * energy->n + first;

    p[k]      = floored[k];
    roots[k]  = root[k];
    slopes[k] = slope[k];
    pulls[k]  = pull[k];
    for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
      floored[k][i] = i < n ? PetscMax(PetscRealPart(lp[cell + i]), PROX_FLOOR) : 0;
      root[k][i]    = i < n ? PetscRealPart(u[cell + i]) : 0;
    }
  }
  EnergyProxAllChunk(energy, theta, lambda, first, n, p, roots, slopes, pulls);
  for (PetscInt k = 0; k < species; k++) {
    const PetscInt cell = k * energy->n + first;

    for (PetscInt i = 0; i < n; i++) u[cell + i] = PetscRealPart(lp[cell + i]) < -PETSC_MAX_REAL ? -(PetscReal)INFINITY : root[k][i];
    for (PetscInt i = 0; du && i < n; i++) du[cell + i] = slope[k][i] * (1 - pull[k][i]);
  }
}

/*@
  EnergyProx - solves  theta u - lp + lambda F'(e^u) = 0  in every cell, or where the root exceeds a bound of the density, takes that;
  with species  theta u_k - lp_k + lambda (F_k'(e^{u_k}) + G'(sum_j e^{u_j})) = 0  for each of them.

  Collective. theta: 1 for the proximal operator of lambda F, 1/2 for the compensated one; lambda >= 0, 2 tau/epsilon.
  lp: in, logarithms, -inf allowed. u: in, a guess, any values, best the last root; out, the root, -inf where lp is.
  du: out, the derivative of u in lp, of each species in its own, finite everywhere; may be NULL. The residual is below 1e-13 of the
equation's largest term. Errors: theta or lambda out of range, vectors of another grid, an lp that is NaN or +inf.
@*/
PetscErrorCode EnergyProx(Energy energy, PetscReal theta, PetscReal lambda, Vec lp, Vec u, Vec du)
{
  const PetscScalar *p;
  PetscScalar       *root, *slope = NULL;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(ProxCheckArguments(energy, theta, lambda, lp));
  PetscCall(EnergyCheckVector(energy, u, "u"));
  if (du) PetscCall(EnergyCheckVector(energy, du, "du"));
  PetscCall(PetscLogEventBegin(Energy_Prox, energy, lp, u, 0));
  PetscCall(VecGetArrayRead(lp, &p));
  PetscCall(VecGetArray(u, &root));
  if (du) PetscCall(VecGetArrayWrite(du, &slope));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK)
    ProxChunkWithVacuum(energy, theta, lambda, first, PetscMin(ENERGY_CHUNK, energy->n - first), p, root, slope);
  if (du) PetscCall(VecRestoreArrayWrite(du, &slope));
  PetscCall(VecRestoreArray(u, &root));
  PetscCall(VecRestoreArrayRead(lp, &p));
  PetscCall(PetscLogEventEnd(Energy_Prox, energy, lp, u, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
