/* <rho, f> = sum over all cells of e^(log rho) f: what moments, entropies and the values of potentials are made of. */
#include <jko/private/energyimpl.h>
#include <jko/private/sumimpl.h>

/* EnergyPairing - the sum, the same on any number of ranks; empty cells add nothing, whatever f is there. Collective. */
PetscErrorCode EnergyPairing(Vec log_rho, Vec f, PetscReal *total)
{
  const PetscScalar *l, *p;
  PetscInt           n;
  Sum                sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_rho, &n));
  PetscCall(VecGetArrayRead(log_rho, &l));
  PetscCall(VecGetArrayRead(f, &p));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                   = PetscMin(ENERGY_CHUNK, n - i);
    double         value[ENERGY_CHUNK] = {0};

    EnergyExp(m, 1, l + i, value);
    for (PetscInt j = 0; j < m; j++) value[j] = value[j] > 0 ? value[j] * p[i + j] : 0;
    SumAdd(&sum, ENERGY_CHUNK, value);
  }
  PetscCall(VecRestoreArrayRead(f, &p));
  PetscCall(VecRestoreArrayRead(log_rho, &l));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)log_rho), 1, &sum, total));
  PetscFunctionReturn(PETSC_SUCCESS);
}
