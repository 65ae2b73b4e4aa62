/* From what a flow was given to its first state. */
#include <math.h>
#include <jko/private/jkoimpl.h>

/* Refuses what there is for one density only. */
static PetscErrorCode JKOCheckSpecies(JKO jko)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)jko);
  PetscInt       species;

  PetscFunctionBegin;
  PetscCall(EnergyGetSpeciesCount(jko->energy, &species));
  if (species == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(jko->reaction.metric == JKO_METRIC_WASSERSTEIN, comm, JKO_ERR_INPUT,
             "-jko_metric: several species are transported only; leave it out, or -species");
  PetscCheck(!jko->ops->epsilon, comm, JKO_ERR_INPUT,
             "-jko_type: %s is for one density, whose Gibbs state is known; with -species use euler, sdirk or extrapolated",
             ((PetscObject)jko)->type_name);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* As many steps as the end takes can be counted. An adaptive flow chooses its own. */
static PetscErrorCode JKOCheckEnd(JKO jko)
{
  const MPI_Comm  comm  = PetscObjectComm((PetscObject)jko);
  const PetscReal steps = jko->max_time / jko->dt;

  PetscFunctionBegin;
  PetscCheck(jko->dt > 0, comm, JKO_ERR_INPUT, "-jko_dt is missing: give the time step");
  PetscCheck(jko->max_time > 0 || jko->max_steps > 0, comm, JKO_ERR_INPUT, "the end is missing: give -jko_max_time or -jko_max_steps");
  PetscCheck(jko->adapt.on || jko->max_steps > 0 || steps < (PetscReal)PETSC_INT_MAX, comm, JKO_ERR_INPUT,
             "-jko_dt: %g makes %g steps until -jko_max_time %g; at most %" PetscInt_FMT " can be counted", (double)jko->dt, (double)steps,
             (double)jko->max_time, PETSC_INT_MAX);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Not so after a setter of a term, between two steps. */
static PetscBool JKOEnergiesAreSetUp(JKO jko)
{
  const PetscBool apart = (PetscBool)(jko->reaction.metric != JKO_METRIC_WASSERSTEIN && jko->reaction.energy);

  return (PetscBool)(jko->energy && jko->energy->setup && (!apart || jko->reaction.energy->setup));
}

/*@
  JKOSetUp - checks that everything is there, chooses the first eps and measures the initial state.

  Collective. Errors: a missing grid, energy, density, time step or end; an eps that the grid does not resolve.
@*/
PetscErrorCode JKOSetUp(JKO jko)
{
  MPI_Comm  comm;
  PetscReal epsilon;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  if (jko->setup && JKOEnergiesAreSetUp(jko)) PetscFunctionReturn(PETSC_SUCCESS);
  comm = PetscObjectComm((PetscObject)jko);
  PetscCheck(jko->grid, comm, PETSC_ERR_ORDER, "call JKOSetGrid() first");
  PetscCheck(jko->energy, comm, PETSC_ERR_ORDER, "call JKOSetEnergy() first");
  PetscCheck(jko->has_density, comm, PETSC_ERR_ORDER, "call JKOSetDensity() first");
  PetscCall(JKOCheckEnd(jko));
  PetscCall(JKOCheckSpecies(jko));
  PetscCall(JKODebiasSetUp(jko));
  PetscCall(JKOReactionSetUp(jko));
  PetscCall(EnergySetUp(jko->energy));
  PetscCall(EnergyAdmit(jko->energy, jko->log_rho));
  PetscCall(JKOChooseEpsilon(jko, PetscMin(jko->dt, jko->max_time > 0 ? jko->max_time : jko->dt), &epsilon));
  PetscCall(KernelSetEpsilon(jko->kernel, epsilon));
  PetscCall(KernelSetUp(jko->kernel));
  PetscCall(SinkhornSetUp(jko->sinkhorn));
  PetscCall(JKOAdaptSetUp(jko));
  if (jko->reaction.metric != JKO_METRIC_FISHER_RAO) PetscTryTypeMethod(jko, setup);
  PetscCall(JKOReactionTry(jko));
  PetscCall(PetscMemzero(&jko->info, sizeof jko->info));
  jko->info.step    = jko->steps;
  jko->info.time    = jko->time;
  jko->info.epsilon = jko->reaction.metric == JKO_METRIC_FISHER_RAO ? 0 : epsilon;
  PetscCall(JKOMeasure(jko));
  jko->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
