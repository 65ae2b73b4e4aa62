/* The terms of the sum one by one: F_i(rho) = int f_i(rho, x) dx, and F_i = int rho F_i' / degree of a non-local one. */
#include <jko/private/energyimpl.h>
#include <jko/private/sumimpl.h>

/*@ EnergyGetTermCount - how many terms there are. Not collective. @*/
PetscErrorCode EnergyGetTermCount(Energy energy, PetscInt *count)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  *count = energy->count;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C EnergyGetTermName - the name of term i, in the order they were added. Borrowed. Not collective. @*/
PetscErrorCode EnergyGetTermName(Energy energy, PetscInt i, const char *name[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCheck(i >= 0 && i < energy->count, PetscObjectComm((PetscObject)energy), PETSC_ERR_ARG_OUTOFRANGE,
             "term %" PetscInt_FMT " of %" PetscInt_FMT, i, energy->count);
  *name = ((PetscObject)energy->term[i])->name;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyGetTermValues - F_i at rho = e^u for every term; their sum is that of EnergyGetValue() to round-off.

  Collective. u: logarithm of the density, of the energy's grid.
@*/
PetscErrorCode EnergyGetTermValues(Energy energy, Vec u, PetscReal value[])
{
  const PetscScalar *x;
  Sum               *sum;
  EnergyArray        log_rho, rho;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCall(EnergyRefresh(energy, ENERGY_REFRESH_ALL, u));
  PetscCall(EnergyRefresh(energy, ENERGY_REFRESH_ALL, u));
  PetscCall(PetscCalloc1(energy->count, &sum));
  PetscCall(VecGetArrayRead(u, &x));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    const PetscInt n = PetscMin(ENERGY_CHUNK, energy->n - first);

    for (PetscInt i = 0; i < n; i++) log_rho[i] = PetscRealPart(x[first + i]);
    EnergyExp(n, 1, log_rho, rho);
    for (PetscInt t = 0; t < energy->count; t++) {
      EnergyArray e = {0};

      if (energy->term[t]->ops->density) energy->term[t]->ops->density(energy->term[t], first, n, log_rho, rho, e);
      SumAdd(&sum[t], ENERGY_CHUNK, e);
    }
  }
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)energy), energy->count, sum, value));
  for (PetscInt t = 0; t < energy->count; t++) value[t] *= energy->volume / (energy->term[t]->ops->refresh ? energy->term[t]->degree : 1);
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}
