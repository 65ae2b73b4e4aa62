/* <rho, f> = sum over all cells of e^(log rho) f: what moments, entropies and the values of potentials are made of. */
#include <jko/private/energyimpl.h>
#include <jko/private/sumimpl.h>

#define PAIRING_MOST 4

/* EnergyPairings - the sums with each of the first `count` of f, at most 4, the same on any number of ranks; empty cells add nothing,
   whatever f is there. Collective. */
PetscErrorCode EnergyPairings(Vec log_rho, PetscInt count, const Vec f[], PetscReal totals[])
{
  const PetscScalar *l, *p[PAIRING_MOST] = {NULL};
  PetscInt           n;
  Sum                sums[PAIRING_MOST] = {{{0}, {0}}};

  PetscFunctionBegin;
  PetscCheck(count <= PAIRING_MOST, PETSC_COMM_SELF, PETSC_ERR_PLIB, "%" PetscInt_FMT " pairings at once, at most %d", count, PAIRING_MOST);
  PetscCall(VecGetLocalSize(log_rho, &n));
  PetscCall(VecGetArrayRead(log_rho, &l));
  for (PetscInt k = 0; k < count; k++) PetscCall(VecGetArrayRead(f[k], &p[k]));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m   = PetscMin(ENERGY_CHUNK, n - i);
    EnergyArray    rho = {0}, value;

    EnergyExp(m, 1, l + i, rho);
    for (PetscInt k = 0; k < count; k++) {
      for (PetscInt j = 0; j < ENERGY_CHUNK; j++) value[j] = j < m && rho[j] > 0 ? rho[j] * p[k][i + j] : 0;
      SumAdd(&sums[k], ENERGY_CHUNK, value);
    }
  }
  for (PetscInt k = 0; k < count; k++) PetscCall(VecRestoreArrayRead(f[k], &p[k]));
  PetscCall(VecRestoreArrayRead(log_rho, &l));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)log_rho), count, sums, totals));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* EnergyPairing - one of them. Collective. */
PetscErrorCode EnergyPairing(Vec log_rho, Vec f, PetscReal *total)
{
  PetscFunctionBegin;
  PetscCall(EnergyPairings(log_rho, 1, &f, total));
  PetscFunctionReturn(PETSC_SUCCESS);
}
