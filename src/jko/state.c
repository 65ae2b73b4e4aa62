/* What a flow holds: its density, time and last step; set-up, queries, and the state that continues it bit for bit. */
#include <float.h>
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sinkhornimpl.h>

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
             "-jko_type: %s is for one density, whose Gibbs state is known; with -species use euler or extrapolated",
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
  if (jko->setup) PetscFunctionReturn(PETSC_SUCCESS);
  comm = PetscObjectComm((PetscObject)jko);
  PetscCheck(jko->grid, comm, PETSC_ERR_ORDER, "call JKOSetGrid() first");
  PetscCheck(jko->energy, comm, PETSC_ERR_ORDER, "call JKOSetEnergy() first");
  PetscCheck(jko->has_density, comm, PETSC_ERR_ORDER, "call JKOSetDensity() first");
  PetscCall(JKOCheckEnd(jko));
  PetscCall(JKOCheckSpecies(jko));
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

/* The equation that is solved, with what the regularisation adds to it. */
static PetscErrorCode JKOViewEquation(JKO jko, PetscViewer viewer)
{
  char      equation[1024];
  PetscReal epsilon;

  PetscFunctionBegin;
  PetscCall(JKOGetEquation(jko, equation, sizeof equation));
  PetscCall(KernelGetEpsilon(jko->kernel, &epsilon));
  PetscCall(PetscViewerASCIIPrintf(viewer, "equation: %s%s\n", equation, jko->compensate ? "" : " + (eps/(4 tau)) Laplace(rho)"));
  PetscCall(PetscViewerASCIIPrintf(viewer, "scheme: %s, tau = %g, ", ((PetscObject)jko)->type_name, (double)jko->dt));
  if (jko->adapt.on) PetscCall(PetscViewerASCIIPrintf(viewer, "then adapted to an error of %g per step, ", (double)jko->adapt.tol));
  if (jko->max_time > 0)
    PetscCall(PetscViewerASCIIPrintf(viewer, "until t = %g%s", (double)jko->max_time, jko->max_steps > 0 ? " or " : "\n"));
  if (jko->max_steps > 0) PetscCall(PetscViewerASCIIPrintf(viewer, "%" PetscInt_FMT " steps\n", jko->max_steps));
  PetscCall(JKOReactionView(jko, viewer));
  if (jko->reaction.metric == JKO_METRIC_FISHER_RAO) PetscFunctionReturn(PETSC_SUCCESS);
  if (jko->ops->epsilon)
    PetscCall(PetscViewerASCIIPrintf(viewer, "regularisation: eps = %g = 4 tau D is the diffusion of the flow itself\n", (double)epsilon));
  else
    PetscCall(PetscViewerASCIIPrintf(viewer, "regularisation: eps = %g%s adds the diffusivity eps/(4 tau) = %g, %s\n", (double)epsilon,
                                     jko->epsilon > 0 ? "" : " (auto)", (double)(epsilon / (4 * jko->dt)),
                                     jko->compensate ? "compensated in every step" : "NOT compensated"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Bytes on the rank that holds most, once the kernel has been applied and so has all of its scratch. Collective. */
static PetscErrorCode JKOViewMemory(JKO jko, PetscReal *resident)
{
  Vec            out;
  PetscLogDouble mine;
  PetscReal      bytes;

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &out));
  PetscCall(KernelApplyLog(jko->kernel, jko->log_rho, NULL, out));
  PetscCall(DMRestoreGlobalVector(jko->dm, &out));
  PetscCall(PetscMemoryGetCurrentUsage(&mine));
  bytes = (PetscReal)mine;
  PetscCallMPI(MPI_Allreduce(&bytes, resident, 1, MPIU_REAL, MPI_MAX, PetscObjectComm((PetscObject)jko)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOView - the whole set-up: equation, scheme, regularisation, grid, energy, kernel, step solver. Collective; after JKOSetUp(). @*/
PetscErrorCode JKOView(JKO jko, PetscViewer viewer)
{
  PetscBool ascii;
  PetscReal resident;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)jko), &viewer));
  PetscCall(PetscObjectTypeCompare((PetscObject)viewer, PETSCVIEWERASCII, &ascii));
  if (!ascii) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOSetUp(jko));
  PetscCall(JKOViewMemory(jko, &resident));
  PetscCall(JKOViewEquation(jko, viewer));
  PetscCall(GridView(jko->grid, viewer));
  PetscCall(EnergyView(jko->energy, viewer));
  if (jko->reaction.metric != JKO_METRIC_FISHER_RAO) {
    PetscCall(KernelView(jko->kernel, viewer));
    if (!jko->ops->epsilon) {
      PetscCall(SinkhornChooseType(jko->sinkhorn, jko->dt, jko->log_rho)); /* that of the first step */
      PetscCall(SinkhornView(jko->sinkhorn, viewer));
      PetscCall(JKOCoarseView(jko, viewer));
    }
    PetscTryTypeMethod(jko, view, viewer);
  }
  PetscCall(PetscViewerASCIIPrintf(viewer, "memory: %.0f MiB on the rank that holds most, so far\n", (double)resident / 1048576));
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

/* For the state op of a scheme: numbers are finite and not negative, vectors never NaN nor +inf. What does not fit is counted only;
   JKOGetState() refuses it. */
void JKOStateReal(JKOState *state, const char name[], PetscReal *real)
{
  const PetscInt i = state->reals++;

  if (i >= JKO_STATE_MOST) return;
  state->real_name[i] = name;
  state->real[i]      = real;
}

void JKOStateVector(JKOState *state, const char name[], Vec vector)
{
  const PetscInt i = state->vectors++;

  if (i >= JKO_STATE_MOST) return;
  state->vector_name[i] = name;
  state->vector[i]      = vector;
}

/*@
  JKOGetState - what continues the flow, by name: to be written to a checkpoint, or read from one and then JKOResume().

  Not collective; after JKOSetGrid(). Numbers and vectors belong to the flow.
@*/
PetscErrorCode JKOGetState(JKO jko, JKOState *state)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(jko->grid, PetscObjectComm((PetscObject)jko), PETSC_ERR_ORDER, "call JKOSetGrid() first");
  PetscCall(KernelGetTruncation(jko->kernel, &jko->truncation));
  *state = (JKOState){.step = jko->steps};
  JKOStateReal(state, "time", &jko->time);
  JKOStateReal(state, "truncation", &jko->truncation);
  JKOStateReal(state, "potential_epsilon", &jko->potential.epsilon);
  JKOStateReal(state, "potential_tau", &jko->potential.tau);
  JKOStateReal(state, "potential_before_epsilon", &jko->potential.epsilon_before);
  JKOStateReal(state, "potential_before_tau", &jko->potential.tau_before);
  JKOStateVector(state, "log_density", jko->log_rho);
  JKOStateVector(state, "log_p", jko->potential.now);
  JKOStateVector(state, "log_p_before", jko->potential.before);
  if (jko->adapt.on) {
    JKOStateReal(state, "adapt_dt", &jko->adapt.dt);
    JKOStateReal(state, "adapt_error", &jko->adapt.error);
  }
  PetscTryTypeMethod(jko, state, state);
  PetscCheck(PetscMax(state->reals, state->vectors) <= JKO_STATE_MOST, PetscObjectComm((PetscObject)jko), PETSC_ERR_PLIB,
             "a state of %" PetscInt_FMT " numbers and %" PetscInt_FMT " vectors: raise JKO_STATE_MOST", state->reals, state->vectors);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOResume - goes on from a state whose numbers and vectors have been put where JKOGetState() points.

  Collective. `step` is the number of steps that led to it.
@*/
PetscErrorCode JKOResume(JKO jko, PetscInt step)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(KernelSetTruncation(jko->kernel, jko->truncation));
  for (Vec *v[] = {&jko->log_rho, &jko->potential.now, &jko->potential.before, NULL}, **p = v; *p; p++)
    PetscCall(PetscObjectStateIncrease((PetscObject) * *p));
  jko->steps       = step;
  jko->reason      = JKO_CONVERGED_ITERATING;
  jko->has_density = PETSC_TRUE;
  jko->setup       = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
