/* checkpoint-NNNNNN.h5: what continues a flow bit for bit, log rho, the potential, step, time and eps, with a checksum on every
   dataset. It takes its name only when it is on disk, so that a crash leaves the checkpoints before it. */
#include <math.h>
#include <unistd.h>
#include <jko.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

static PetscErrorCode AppendOption(const char name[], const char value[], void *context)
{
  char        *text = context;
  const size_t used = strlen(text);

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(text + used, RUN_TEXT - used, "-%s %s\n", name, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunCheckpointWrite - the state at hand; older ones beyond -checkpoint_keep go. Collective. */
PetscErrorCode RunCheckpointWrite(Run run)
{
  JKOState  state;
  FieldFile file;
  PetscReal lower[3], upper[3];
  char      path[PETSC_MAX_PATH_LEN], options[RUN_TEXT] = "";

  PetscFunctionBegin;
  RunHistorySync(run);
  PetscCall(JKOGetState(run->jko, &state));
  PetscCall(GridGetBox(run->grid, lower, upper));
  PetscCall(RunVisitOptions(AppendOption, options));
  PetscCall(RunPath(run, "checkpoint", state.step, path));
  PetscCall(FieldFileCreate(run->grid, "-checkpoint_interval", path, PETSC_TRUE, &file));
  PetscCall(FieldFileWriteAxes(file));
  PetscCall(FieldFileSetText(file, "/", "program", "jko " JKO_VERSION));
  PetscCall(FieldFileSetText(file, "/", "options", options));
  PetscCall(FieldFileSetInt(file, "/", "step", state.step));
  for (PetscInt i = 0; i < state.reals; i++) PetscCall(FieldFileSetReals(file, "/", state.real_name[i], 1, state.real[i]));
  PetscCall(FieldFileSetReals(file, "/", "grid_lower", 3, lower));
  PetscCall(FieldFileSetReals(file, "/", "grid_upper", 3, upper));
  for (PetscInt i = 0; i < state.vectors; i++) PetscCall(FieldFileWriteField(file, state.vector_name[i], state.vector[i]));
  PetscCall(FieldFileClose(&file, NULL));
  PetscCall(RunFolderRemove(run, "checkpoint", state.step, run->checkpoint_keep));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A state must be one: nothing nan, no infinite density. */
static PetscErrorCode CheckState(FieldFile file, const JKOState *state)
{
  const PetscScalar *a;
  PetscInt           n;
  PetscBool          bad = PETSC_FALSE;

  PetscFunctionBegin;
  for (PetscInt v = 0; v < state->vectors; v++) {
    PetscCall(VecGetLocalSize(state->vector[v], &n));
    PetscCall(VecGetArrayRead(state->vector[v], &a));
    for (PetscInt i = 0; i < n; i++)
      if (PetscIsNanScalar(a[i]) || a[i] == INFINITY) bad = PETSC_TRUE;
    PetscCall(VecRestoreArrayRead(state->vector[v], &a));
  }
  PetscCall(FieldFileFail(file, bad, "holds values that are not finite"));
  PetscCall(FieldFileFail(file, (PetscBool)(state->step < 0), "holds step %" PetscInt_FMT ": no state of a flow", state->step));
  for (PetscInt i = 0; i < state->reals; i++)
    PetscCall(FieldFileFail(file, (PetscBool)(!(*state->real[i] >= 0) || PetscIsInfReal(*state->real[i])),
                            "holds %s = %g: no state of a flow", state->real_name[i], (double)*state->real[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CheckBox(Run run, FieldFile file)
{
  PetscReal lower[3], upper[3], l[3] = {0}, u[3] = {0};
  PetscInt  dim;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(run->grid, &dim));
  PetscCall(GridGetBox(run->grid, lower, upper));
  PetscCall(FieldFileGetReals(file, "grid_lower", 3, l));
  PetscCall(FieldFileGetReals(file, "grid_upper", 3, u));
  for (PetscInt a = 0; a < dim; a++)
    PetscCall(FieldFileFail(file, (PetscBool)(l[a] != lower[a] || u[a] != upper[a]), "is of a box [%g, %g] along %c, the grid has [%g, %g]",
                            (double)l[a], (double)u[a], "xyz"[a], (double)lower[a], (double)upper[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Puts the flow into the state of a checkpoint; `reason` is why it could not be, or "": the flow is then good for another one only. */
static PetscErrorCode ReadCheckpoint(Run run, const char path[], char reason[])
{
  JKOState  state;
  FieldFile file;

  PetscFunctionBegin;
  PetscCall(JKOGetState(run->jko, &state));
  PetscCall(FieldFileOpen(run->grid, "-restart", path, &file));
  PetscCall(FieldFileGetInt(file, "step", &state.step));
  for (PetscInt i = 0; i < state.reals; i++) PetscCall(FieldFileGetReals(file, state.real_name[i], 1, state.real[i]));
  for (PetscInt i = 0; i < state.vectors; i++) PetscCall(FieldFileReadField(file, state.vector_name[i], state.vector[i]));
  PetscCall(CheckBox(run, file));
  if (!file->failure[0]) PetscCall(CheckState(file, &state));
  PetscCall(FieldFileClose(&file, reason));
  if (!reason[0]) PetscCall(JKOResume(run->jko, state.step));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The steps of the checkpoints in the output folder, on all ranks, ascending. */
static PetscErrorCode ListCheckpoints(Run run, PetscInt *n, PetscInt **steps)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);

  PetscFunctionBegin;
  if (!run->rank) PetscCall(RunFolderList(run, "checkpoint", n, steps));
  PetscCallMPI(MPI_Bcast(n, 1, MPIU_INT, 0, comm));
  if (run->rank) PetscCall(PetscMalloc1(*n, steps));
  PetscCallMPI(MPI_Bcast(*steps, (PetscMPIInt)*n, MPIU_INT, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -restart auto: the newest that can be read; each one that cannot is told with the reason. None at all: the flow starts from 0. */
static PetscErrorCode RestartNewest(Run run, PetscBool *restarted, char path[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscInt       n, *steps;
  char           reason[FIELD_MESSAGE] = "";

  PetscFunctionBegin;
  PetscCheck(run->output[0], comm, JKO_ERR_INPUT, "-restart: auto has nowhere to look: give -output FOLDER");
  PetscCall(ListCheckpoints(run, &n, &steps));
  for (PetscInt i = n - 1; i >= 0 && !*restarted; i--) {
    PetscCall(RunPath(run, "checkpoint", steps[i], path));
    PetscCall(ReadCheckpoint(run, path, reason));
    *restarted = (PetscBool)!reason[0];
    if (reason[0] && i) PetscCall(PetscFPrintf(comm, PETSC_STDERR, "jko: %s; trying the one before\n", reason));
  }
  PetscCall(PetscFree(steps));
  PetscCheck(!reason[0], comm, JKO_ERR_FILE, "%s", reason);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRestart - puts the flow where -restart says; whether it did. Collective. Errors: JKO_ERR_FILE, one line. */
PetscErrorCode RunRestart(Run run, PetscBool *restarted)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscReal      time;
  PetscInt       step;
  char           path[PETSC_MAX_PATH_LEN], reason[FIELD_MESSAGE];

  PetscFunctionBegin;
  *restarted = PETSC_FALSE;
  if (!strcmp(run->restart, "auto")) {
    PetscCall(RestartNewest(run, restarted, path));
    if (!*restarted) PetscFunctionReturn(PETSC_SUCCESS);
  } else {
    PetscCall(PetscStrncpy(path, run->restart, sizeof path));
    PetscCall(ReadCheckpoint(run, path, reason));
    PetscCheck(!reason[0], comm, JKO_ERR_FILE, "%s", reason);
    *restarted = PETSC_TRUE;
  }
  PetscCall(JKOGetStepNumber(run->jko, &step));
  PetscCall(JKOGetTime(run->jko, &time));
  if (run->monitor) PetscCall(PetscPrintf(comm, "restart from %s: step %" PetscInt_FMT ", time %g\n", path, step, (double)time));
  PetscFunctionReturn(PETSC_SUCCESS);
}
