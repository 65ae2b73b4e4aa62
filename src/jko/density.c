/* The density that a flow starts from, and the one it has. */
#include <float.h>
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>

/* Refuses a density with mass in walls, or none. Of several species `name` is which, "" of one alone. Collective. */
static PetscErrorCode JKOCheckMass(JKO jko, const char name[], Vec rho)
{
  PetscReal mass;

  PetscFunctionBegin;
  PetscCall(GridIntegrateWalls(jko->grid, rho, &mass));
  PetscCheck(mass == 0, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "the density%s%s has the mass %g in walls (-grid_obstacle)",
             name[0] ? " of " : "", name, (double)mass);
  PetscCall(GridIntegrate(jko->grid, rho, &mass));
  PetscCheck(mass > 0, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "the density%s%s has no mass", name[0] ? " of " : "", name);
  PetscCheck(mass >= JKO_LEAST_MASS && mass <= JKO_MOST_MASS, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
             "the density%s%s has the mass %g; masses are between %g and %g, take another unit", name[0] ? " of " : "", name, (double)mass,
             JKO_LEAST_MASS, JKO_MOST_MASS);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Positive cells to logarithms, empty ones to -inf. Refuses what is no density. */
static PetscErrorCode JKOTakeDensity(JKO jko, Vec rho)
{
  const PetscScalar *r;
  PetscScalar       *l;
  PetscInt           n, own, parts;
  PetscReal          bad = 0, all;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(rho, &n));
  PetscCall(VecGetLocalSize(jko->log_rho, &own));
  PetscCheck(n == own, PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "the density has %" PetscInt_FMT " values on this rank, the flow %" PetscInt_FMT "; use EnergyCreateVector()", n, own);
  PetscCall(VecGetArrayRead(rho, &r));
  PetscCall(VecGetArrayWrite(jko->log_rho, &l));
  for (PetscInt i = 0; i < n; i++) {
    if (!(r[i] >= 0) || PetscIsInfReal(r[i])) bad = 1;
    l[i] = r[i] < DBL_MIN ? -INFINITY : log(r[i]);
  }
  PetscCall(VecRestoreArrayWrite(jko->log_rho, &l));
  PetscCall(VecRestoreArrayRead(rho, &r));
  PetscCallMPI(MPI_Allreduce(&bad, &all, 1, MPIU_REAL, MPI_MAX, PetscObjectComm((PetscObject)jko)));
  PetscCheck(!all, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "the density has cells that are negative or not finite");
  PetscCall(GridGetPartCount(jko->grid, rho, &parts));
  for (PetscInt k = 0; k < parts; k++) {
    const char *name = "";
    Vec         part;

    if (parts > 1) PetscCall(EnergyGetSpeciesEnergy(jko->energy, k, NULL, &name));
    PetscCall(GridGetPart(jko->grid, rho, k, PETSC_FALSE, &part));
    PetscCall(JKOCheckMass(jko, name, part));
    PetscCall(GridRestorePart(jko->grid, rho, PETSC_FALSE, &part));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOSetDensity - the initial density, one non-negative value per cell, of any positive mass; of several species all of them, in a vector of
  EnergyCreateVector(), after JKOSetEnergy(). Time and steps start again from 0.

  Collective; after JKOSetGrid(). Copied. Errors: negative or non-finite cells, no mass, mass in walls.
@*/
PetscErrorCode JKOSetDensity(JKO jko, Vec rho)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscValidHeaderSpecific(rho, VEC_CLASSID, 2);
  PetscCheck(jko->grid, PetscObjectComm((PetscObject)jko), PETSC_ERR_ORDER, "call JKOSetGrid() first");
  PetscCall(JKOTakeDensity(jko, rho));
  PetscCall(VecSet(jko->potential.now, 0));
  PetscCall(VecSet(jko->potential.before, 0));
  PetscCall(JKOPotentialForget(&jko->potential));
  jko->time        = 0;
  jko->steps       = 0;
  jko->reason      = JKO_CONVERGED_ITERATING;
  jko->has_density = PETSC_TRUE;
  jko->setup       = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOGetDensity - copies the density into a vector of the grid, or those of all species into one of EnergyCreateVector(), by the same
exponential as the measures of the state: the mass, min and max of JKOStepInfo are those of these values.

  Collective.
@*/
PetscErrorCode JKOGetDensity(JKO jko, Vec rho)
{
  const PetscScalar *l;
  PetscScalar       *r;
  PetscInt           n;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(jko->has_density, PetscObjectComm((PetscObject)jko), PETSC_ERR_ORDER, "call JKOSetDensity() first");
  PetscCall(VecGetLocalSize(jko->log_rho, &n));
  PetscCall(VecGetArrayRead(jko->log_rho, &l));
  PetscCall(VecGetArrayWrite(rho, &r));
  EnergyExp(n, 1, l, r);
  PetscCall(VecRestoreArrayWrite(rho, &r));
  PetscCall(VecRestoreArrayRead(jko->log_rho, &l));
  PetscFunctionReturn(PETSC_SUCCESS);
}
