/* Run: a flow on disk. Its life, and its set-up from the options that were read. */
#include <petsctime.h>
#include <jko/private/runimpl.h>

PetscClassId RUN_CLASSID = 0;

static PetscErrorCode RunFinalizePackage(void)
{
  PetscFunctionBegin;
  RUN_CLASSID = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunInitializePackage(void)
{
  PetscFunctionBegin;
  if (RUN_CLASSID) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscClassIdRegister("Run", &RUN_CLASSID));
  PetscCall(PetscRegisterFinalize(RunFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  RunCreate - an empty run; RunSetFromOptions() fills it.

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode RunCreate(MPI_Comm comm, Run *run)
{
  Run r;

  PetscFunctionBegin;
  PetscAssertPointer(run, 2);
  PetscCall(RunInitializePackage());
  PetscCall(PetscHeaderCreate(r, RUN_CLASSID, "Run", "A flow on disk", "Run", comm, RunDestroy, NULL));
  PetscCallMPI(MPI_Comm_rank(comm, &r->rank));
  PetscCall(PetscTime(&r->created));
  r->species = 1;
  for (PetscInt k = 0; k < ENERGY_MAX_SPECIES; k++) r->input[k].mass = 1;
  r->checkpoint_keep = 2;
  r->monitor         = RUN_LINES;
  r->last_written    = -1;
  r->last_checkpoint = -1;
  r->lock            = -1;
  PetscCall(RunJudgeBegin(r));
  *run = r;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ RunDestroy - drops a reference; the last one frees the run. Collective. @*/
PetscErrorCode RunDestroy(Run *run)
{
  Run r = *run;

  PetscFunctionBegin;
  *run = NULL;
  if (!r) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(r, RUN_CLASSID, 1);
  if (--((PetscObject)r)->refct > 0) PetscFunctionReturn(PETSC_SUCCESS);
  if (r->history) (void)fclose(r->history);
  PetscCall(RunFolderRelease(r));
  PetscCall(RunForget(r));
  PetscCall(PetscFree(r->options_then));
  PetscCall(RunJudgeDestroy(r));
  free(r->log);
  PetscCall(PetscFree(r->fields_then));
  PetscCall(RunFilmClose(r));
  PetscCall(RunDrawClose(r));
  PetscCall(PetscFree(r->series.item));
  PetscCall(VecDestroy(&r->rho));
  PetscCall(VecDestroy(&r->log_target));
  PetscCall(PetscViewerDestroy(&r->viewer));
  PetscCall(MonitorDestroy(&r->table));
  PetscCall(JKODestroy(&r->jko));
  PetscCall(EnergyDestroy(&r->energy));
  PetscCall(EnergyDestroy(&r->reaction));
  PetscCall(GridDestroy(&r->grid));
  PetscCall(PetscHeaderDestroy(&r));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ RunGetJKO - the flow that is run; NULL before RunSetFromOptions(). Borrowed. Not collective. @*/
PetscErrorCode RunGetJKO(Run run, JKO *jko)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(run, RUN_CLASSID, 1);
  *jko = run->jko;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ RunGetExitStatus - 0, 3 after a step that failed, or 128 + the number of the signal that ended the run. Not collective. @*/
PetscErrorCode RunGetExitStatus(Run run, int *status)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(run, RUN_CLASSID, 1);
  *status = run->status;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RunCheckInput(Run run, PetscBool restarts)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  char           option[64];

  PetscFunctionBegin;
  for (PetscInt k = 0; k < run->species; k++) {
    PetscCall(RunDensityOption(run, k, "", option, sizeof option));
    PetscCheck(!run->input[k].expression[0] || !run->input[k].file[0], comm, JKO_ERR_INPUT,
               "%s and %s_file are both given; give one of them", option, option);
    PetscCheck(restarts || run->input[k].expression[0] || run->input[k].file[0], comm, JKO_ERR_INPUT,
               "the initial density%s%s is missing: give %s \"expression\" or %s_file FILE", run->species > 1 ? " of " : "",
               run->species > 1 ? run->species_name[k] : "", option, option);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What there is for one density only is refused. */
static PetscErrorCode RunCheckSpecies(Run run)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);

  PetscFunctionBegin;
  if (run->species == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(!run->target[0], comm, JKO_ERR_INPUT, "-monitor_target: there is none for several species; leave it out");
  PetscCheck(!run->film.between, comm, JKO_ERR_INPUT, "-output_interpolate: there is no film of several species; leave it out");
  PetscCheck(!run->output_velocity && !run->output_potential, comm, JKO_ERR_INPUT,
             "-output_fields: of several species the densities only; leave velocity and potential out");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What writes needs a folder, and what is written at given times needs them within the flow. */
static PetscErrorCode RunCheckOutput(Run run)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscReal      end;

  PetscFunctionBegin;
  PetscCheck(run->output[0] || !run->output_interval, comm, JKO_ERR_INPUT, "-output_interval has nowhere to write: give -output FOLDER");
  PetscCheck(run->output[0] || !run->output_count, comm, JKO_ERR_INPUT, "-output_times has nowhere to write: give -output FOLDER");
  PetscCheck(run->output[0] || !run->film.between, comm, JKO_ERR_INPUT, "-output_interpolate has nowhere to write: give -output FOLDER");
  PetscCheck(run->output[0] || !run->checkpoint_interval, comm, JKO_ERR_INPUT,
             "-checkpoint_interval has nowhere to write: give -output FOLDER");
  PetscCheck(run->output[0] || !(run->checkpoint_seconds > 0), comm, JKO_ERR_INPUT,
             "-checkpoint_walltime has nowhere to write: give -output FOLDER");
  PetscCall(JKOGetMaxTime(run->jko, &end));
  for (PetscInt i = 0; i < run->output_count; i++)
    PetscCheck(end <= 0 || run->output_times[i] <= end, comm, JKO_ERR_INPUT, "-output_times: %g is after the end, -jko_max_time %g",
               (double)run->output_times[i], (double)end);
  if (run->output_count) PetscCall(JKOSetStopTimes(run->jko, run->output_count, run->output_times));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  RunSetUp - reads the initial density or the checkpoint and sets up the flow; refuses what does not fit together. Writes nothing
  but the lock of an output folder that is there.

  Collective; after RunSetFromOptions(). Errors, one line each: JKO_ERR_INPUT for what was asked, JKO_ERR_FILE for what cannot be read.
@*/
PetscErrorCode RunSetUp(Run run)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(run, RUN_CLASSID, 1);
  if (run->setup) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(run->jko, PetscObjectComm((PetscObject)run), PETSC_ERR_ORDER, "call RunSetFromOptions() first");
  PetscCall(RunCheckOutput(run));
  PetscCall(RunCheckSpecies(run));
  PetscCall(RunDrawOpen(run));
  PetscCall(EnergyCreateVector(run->energy, &run->rho));
  if (run->output[0]) PetscCall(RunFolderLock(run));
  if (run->restart[0]) PetscCall(RunRestart(run, &run->restarted));
  if (run->output[0] && !run->restarted) PetscCall(RunFolderAdmit(run));
  PetscCall(RunCheckInput(run, run->restarted));
  if (!run->restarted) PetscCall(RunReadDensity(run));
  PetscCall(JKOSetUp(run->jko));
  PetscCall(JKOGetStepNumber(run->jko, &run->first));
  if (run->target[0]) PetscCall(RunReadTarget(run));
  if (run->restarted) PetscCall(RunRestartVerify(run));
  if (run->target[0]) PetscCall(MonitorSetTarget(run->table, run->log_target));
  PetscCall(MonitorSetMass(run->table, run->initial_mass));
  PetscCall(MonitorSetUp(run->table));
  if (run->output[0] && run->restarted) PetscCall(RunFolderAdmit(run));
  run->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
