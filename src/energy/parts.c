/* The terms of the sum one by one: F_i(rho) = int f_i(rho, x) dx, and F_i = int rho F_i' / degree of a non-local one. With species: those
   of their sum, then those of each. */
#include <jko/private/energyimpl.h>
#include <jko/private/sumimpl.h>

/*@ EnergyGetTermCount - how many terms there are, those of species included. Not collective. @*/
PetscErrorCode EnergyGetTermCount(Energy energy, PetscInt *count)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  *count = energy->count;
  for (PetscInt k = 0; k < energy->species; k++) *count += energy->own[k]->count;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergyGetTermName - the name of term i, in the order they were added, first those of the sum; and of the species that it belongs to, ""
  where there is none.

  Not collective. Borrowed; `species` may be NULL.
@*/
PetscErrorCode EnergyGetTermName(Energy energy, PetscInt i, const char *name[], const char *species[])
{
  PetscInt count, k = -1;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(EnergyGetTermCount(energy, &count));
  PetscCheck(i >= 0 && i < count, PetscObjectComm((PetscObject)energy), PETSC_ERR_ARG_OUTOFRANGE,
             "term %" PetscInt_FMT " of %" PetscInt_FMT, i, count);
  for (PetscInt n = energy->count; i >= n; n = energy->own[++k]->count) i -= n;
  *name = ((PetscObject)(k < 0 ? energy : energy->own[k])->term[i])->name;
  if (species) *species = k < 0 ? "" : ((PetscObject)energy->own[k])->name;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sums over cells of the terms at one density e^u, refreshed there. Not collective. */
static PetscErrorCode SumTerms(Energy energy, Vec u, Sum sum[])
{
  const PetscScalar *x;
  EnergyArray        log_rho, rho;

  PetscFunctionBegin;
  if (!energy->count) PetscFunctionReturn(PETSC_SUCCESS);
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
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void ScaleTerms(Energy energy, PetscReal value[])
{
  for (PetscInt t = 0; t < energy->count; t++) value[t] *= energy->volume / (energy->term[t]->ops->refresh ? energy->term[t]->degree : 1);
}

/*@
  EnergyGetTermValues - F_i at rho = e^u for every term; their sum is that of EnergyGetValue() to round-off. Of an interaction between two
  species each has one half.

  Collective. u: logarithm of the density, or of those of the species.
@*/
PetscErrorCode EnergyGetTermValues(Energy energy, Vec u, PetscReal value[])
{
  Vec      total;
  Sum     *sum;
  PetscInt count, from;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCall(EnergyGetTermCount(energy, &count));
  PetscCall(EnergyRefresh(energy, ENERGY_REFRESH_ALL, u));
  PetscCall(EnergyGetTotal(energy, u, &total));
  PetscCall(PetscCalloc1(count, &sum));
  PetscCall(SumTerms(energy, total, sum));
  from = energy->count;
  for (PetscInt k = 0; k < energy->species; k++) {
    Vec part;

    PetscCall(GridGetPart(energy->grid, u, k, PETSC_FALSE, &part));
    PetscCall(SumTerms(energy->own[k], part, sum + from));
    PetscCall(GridRestorePart(energy->grid, u, PETSC_FALSE, &part));
    from += energy->own[k]->count;
  }
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)energy), count, sum, value));
  ScaleTerms(energy, value);
  from = energy->count;
  for (PetscInt k = 0; k < energy->species; k++) {
    ScaleTerms(energy->own[k], value + from);
    from += energy->own[k]->count;
  }
  PetscCall(PetscFree(sum));
  PetscFunctionReturn(PETSC_SUCCESS);
}
