/* checkpoint-NNNNNN.h5: what continues a flow bit for bit, log rho, the potential, step, time and eps, with a checksum on every
   dataset and a seal on the whole. It takes its name only when it is on disk, so that a crash leaves the checkpoints before it. */
#include <math.h>
#include <petsctime.h>
#include <jko.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

#define RUN_FORMAT 1 /* of a checkpoint: a program reads its own and the older ones */

/* The grid as three rows of three numbers: cells, lower and upper corner; and its boundaries, 0 no flux, 1 periodic. */
typedef struct {
  PetscReal n[3], lower[3], upper[3], boundary[3];
} Box;

static PetscErrorCode GetBox(Grid grid, Box *box)
{
  PetscInt     n[3];
  GridBoundary boundary[3];

  PetscFunctionBegin;
  PetscCall(GridGetBox(grid, box->lower, box->upper));
  PetscCall(GridGetSizes(grid, n));
  PetscCall(GridGetBoundary(grid, boundary));
  for (PetscInt a = 0; a < 3; a++) {
    box->n[a]        = (PetscReal)n[a];
    box->boundary[a] = (PetscReal)boundary[a];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode WriteNumbers(Run run, FieldFile file, const JKOState *state, const JKOStepInfo *info)
{
  Box   box;
  char *options;

  PetscFunctionBegin;
  PetscCall(GetBox(run->grid, &box));
  PetscCall(RunListOptions(run->options_then, &options));
  PetscCall(FieldFileSetText(file, "/", "program", "jko " JKO_VERSION));
  PetscCall(FieldFileSetInt(file, "/", "format", RUN_FORMAT));
  PetscCall(FieldFileSetText(file, "/", "options", options));
  PetscCall(FieldFileSetInt(file, "/", "step", state->step));
  for (PetscInt i = 0; i < state->reals; i++) PetscCall(FieldFileSetReals(file, "/", state->real_name[i], 1, state->real[i]));
  PetscCall(FieldFileSetReals(file, "/", "energy", 1, &info->energy));
  PetscCall(FieldFileSetReals(file, "/", "entropy", 1, &info->entropy));
  PetscCall(FieldFileSetReals(file, "/", "mass", 1, &info->mass));
  PetscCall(FieldFileSetReals(file, "/", "initial_mass", 1, &run->initial_mass));
  PetscCall(FieldFileSetReals(file, "/", "grid_n", 3, box.n));
  PetscCall(FieldFileSetReals(file, "/", "grid_lower", 3, box.lower));
  PetscCall(FieldFileSetReals(file, "/", "grid_upper", 3, box.upper));
  PetscCall(FieldFileSetReals(file, "/", "grid_boundary", 3, box.boundary));
  free(options);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A vector of the state, of several species a dataset each: log_density_a, ... Collective. */
static PetscErrorCode WriteVector(Run run, FieldFile file, const char name[], Vec v)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < run->species; k++) {
    char part_name[128];
    Vec  part;

    PetscCall(RunPartName(run, name, k, part_name, sizeof part_name));
    PetscCall(GridGetPart(run->grid, v, k, PETSC_FALSE, &part));
    PetscCall(FieldFileWriteField(file, part_name, part));
    PetscCall(GridRestorePart(run->grid, v, PETSC_FALSE, &part));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadVector(Run run, FieldFile file, const char name[], Vec v)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < run->species; k++) {
    char part_name[128];
    Vec  part;

    PetscCall(RunPartName(run, name, k, part_name, sizeof part_name));
    PetscCall(GridGetPart(run->grid, v, k, PETSC_TRUE, &part));
    PetscCall(FieldFileReadField(file, part_name, part));
    PetscCall(GridRestorePart(run->grid, v, PETSC_TRUE, &part));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunCheckpointWrite - a state and the measures of it; nothing when it is there already. Older ones beyond -checkpoint_keep go.
   Collective. */
PetscErrorCode RunCheckpointWrite(Run run, const JKOState *state, const JKOStepInfo *info)
{
  FieldFile      file;
  PetscLogDouble start;
  char           path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscTime(&start));
  if (run->last_checkpoint != state->step) {
    RunHistorySync(run);
    PetscCall(RunPath(run, "checkpoint", state->step, path));
    PetscCall(FieldFileCreate(run->grid, "-output", path, PETSC_TRUE, state->vectors * run->species, &file));
    if (!run->rank) RunSignalsRemove(1, file->temporary);
    file->step = state->step;
    PetscCall(FieldFileWriteAxes(file));
    PetscCall(WriteNumbers(run, file, state, info));
    for (PetscInt i = 0; i < state->vectors; i++) PetscCall(WriteVector(run, file, state->vector_name[i], state->vector[i]));
    PetscCall(FieldFileClose(&file, NULL));
    RunSignalsRemove(1, NULL);
    PetscCall(RunFolderRemove(run, "checkpoint", state->step, run->checkpoint_keep));
    run->last_checkpoint = state->step;
  }
  PetscCall(PetscTime(&run->checkpointed));
  run->write_time = PetscMax(run->write_time, run->checkpointed - start);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunRemember - keeps a copy of the state at hand: a step overwrites its guesses long before it is accepted. Collective. */
PetscErrorCode RunRemember(Run run)
{
  RunMemory         *memory = &run->memory;
  const JKOStepInfo *info;
  JKOState           state;

  PetscFunctionBegin;
  PetscCall(JKOGetState(run->jko, &state));
  PetscCall(JKOGetStepInfo(run->jko, &info));
  memory->info = *info;
  for (PetscInt i = 0; i < state.reals; i++) {
    memory->real[i] = *state.real[i];
    state.real[i]   = &memory->real[i];
  }
  for (PetscInt i = 0; i < state.vectors; i++) {
    Vec copy = memory->state.vector[i];

    if (!copy) PetscCall(VecDuplicate(state.vector[i], &copy));
    PetscCall(VecCopy(state.vector[i], copy));
    state.vector[i] = copy;
  }
  memory->state = state;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunForget - frees the copy. Collective. */
PetscErrorCode RunForget(Run run)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < run->memory.state.vectors; i++) PetscCall(VecDestroy(&run->memory.state.vector[i]));
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

/* Whether the grid is that of the checkpoint; `refusal` names the option that says otherwise. */
static PetscErrorCode CheckBox(Run run, FieldFile file, char refusal[])
{
  Box      now, then = {{0}, {0}, {0}, {0}};
  PetscInt dim;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(run->grid, &dim));
  PetscCall(GetBox(run->grid, &now));
  PetscCall(FieldFileGetReals(file, "grid_n", 3, then.n));
  PetscCall(FieldFileGetReals(file, "grid_lower", 3, then.lower));
  PetscCall(FieldFileGetReals(file, "grid_upper", 3, then.upper));
  PetscCall(FieldFileGetReals(file, "grid_boundary", 3, then.boundary));
  if (file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  const struct {
    const char      *option;
    const PetscReal *now, *then;
  } rows[] = {{"-grid_n", now.n, then.n},
              {"-grid_lower", now.lower, then.lower},
              {"-grid_upper", now.upper, then.upper},
              {"-grid_boundary (0: no flux, 1: periodic)", now.boundary, then.boundary}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    for (PetscInt a = 0; a < 3 && !refusal[0]; a++)
      if ((a < dim || i == 0) && rows[i].now[a] != rows[i].then[a])
        (void)snprintf(refusal, FIELD_MESSAGE,
                       "%s: %g along %c, the checkpoint is of a flow with %g; that is another problem: start it without -restart",
                       rows[i].option, (double)rows[i].now[a], "xyz"[a], (double)rows[i].then[a]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the options fit the checkpoint's; tells those that differ and may. */
static PetscErrorCode CheckOptions(Run run, FieldFile file, char refusal[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  char          *now, *notes = NULL;

  PetscFunctionBegin;
  PetscCall(PetscFree(run->options_then));
  PetscCall(FieldFileGetText(file, "options", &run->options_then));
  PetscCall(RunListOptions(NULL, &now));
  if (!run->rank && !refusal[0]) RunCompareOptions(now, run->options_then, refusal, FIELD_MESSAGE, &notes);
  PetscCallMPI(MPI_Bcast(refusal, FIELD_MESSAGE, MPI_CHAR, 0, comm));
  if (run->monitor && !refusal[0]) PetscCall(PetscPrintf(comm, "%s", notes ? notes : ""));
  free(notes);
  free(now);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReadState(Run run, FieldFile file, JKOState *state)
{
  PetscReal entropy = 0, mass = 0;

  PetscFunctionBegin;
  PetscCall(JKOGetState(run->jko, state));
  PetscCall(FieldFileGetInt(file, "step", &state->step));
  for (PetscInt i = 0; i < state->reals; i++) PetscCall(FieldFileGetReals(file, state->real_name[i], 1, state->real[i]));
  for (PetscInt i = 0; i < state->vectors; i++) PetscCall(ReadVector(run, file, state->vector_name[i], state->vector[i]));
  PetscCall(FieldFileGetReals(file, "energy", 1, &run->energy_then));
  PetscCall(FieldFileGetReals(file, "entropy", 1, &entropy));
  PetscCall(FieldFileGetReals(file, "mass", 1, &mass));
  PetscCall(FieldFileGetReals(file, "initial_mass", 1, &run->initial_mass));
  run->energy_scale = PetscAbsReal(run->energy_then) + PetscAbsReal(entropy) + mass;
  if (!file->failure[0]) PetscCall(CheckState(file, state));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Puts the flow into the state of a checkpoint; `reason` is why it could not be, or "": the flow is then good for another one only.
   Errors (JKO_ERR_INPUT): the checkpoint is of another problem. */
static PetscErrorCode ReadCheckpoint(Run run, const char path[], char reason[])
{
  const MPI_Comm comm  = PetscObjectComm((PetscObject)run);
  JKOState       state = {0};
  FieldFile      file;
  PetscInt       format                 = RUN_FORMAT;
  char           refusal[FIELD_MESSAGE] = "", trouble[FIELD_MESSAGE];

  PetscFunctionBegin;
  PetscCall(FieldSealVerify(comm, path, trouble));
  PetscCall(PetscSNPrintf(reason, FIELD_MESSAGE, "-restart: '%s' %s", path, trouble));
  if (trouble[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldFileOpen(run->grid, "-restart", path, &file));
  PetscCall(FieldFileGetInt(file, "format", &format));
  PetscCall(FieldFileFail(file, (PetscBool)(format > RUN_FORMAT),
                          "is of format %" PetscInt_FMT ", jko " JKO_VERSION " reads up to %d: take a newer jko", format, RUN_FORMAT));
  PetscCall(CheckBox(run, file, refusal));
  if (!file->failure[0]) PetscCall(CheckOptions(run, file, refusal));
  if (!refusal[0]) PetscCall(ReadState(run, file, &state));
  PetscCall(FieldFileClose(&file, reason));
  PetscCheck(!refusal[0], comm, JKO_ERR_INPUT, "%s", refusal);
  if (!reason[0]) PetscCall(JKOResume(run->jko, state.step));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunCheckEnergy - the energy of the state that was read must be what it was: files and names in it may hold something else by now.
   Collective; after JKOSetUp(). Errors: JKO_ERR_INPUT. */
PetscErrorCode RunCheckEnergy(Run run)
{
  const JKOStepInfo *info;

  PetscFunctionBegin;
  PetscCall(JKOGetStepInfo(run->jko, &info));
  PetscCheck(PetscAbsReal(info->energy - run->energy_then) <= 1e-6 * run->energy_scale, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-restart: the state had the energy %.9g, with these -energy_ options and files it has %.9g: that is another problem",
             (double)run->energy_then, (double)info->energy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A checkpoint in the folder: the step in its name and the step it holds. */
typedef struct {
  PetscInt name, step;
} Candidate;

static int OlderFirst(const void *a, const void *b)
{
  const Candidate *x = a, *y = b;

  return x->step != y->step ? (x->step > y->step) - (x->step < y->step) : (x->name > y->name) - (x->name < y->name);
}

/* The checkpoints in the output folder, on all ranks, by the step that they say they hold, by their name where they say nothing. */
static PetscErrorCode ListCheckpoints(Run run, PetscInt *n, Candidate **list)
{
  const MPI_Comm comm  = PetscObjectComm((PetscObject)run);
  PetscInt      *names = NULL;
  char           path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  if (!run->rank) PetscCall(RunFolderList(run, "checkpoint", n, &names));
  PetscCallMPI(MPI_Bcast(n, 1, MPIU_INT, 0, comm));
  PetscCall(PetscMalloc1(*n, list));
  for (PetscInt i = 0; i < *n && !run->rank; i++) {
    long long step;

    PetscCall(RunPath(run, "checkpoint", names[i], path));
    step       = FieldSealStep(path);
    (*list)[i] = (Candidate){.name = names[i], .step = step < 0 ? names[i] : (PetscInt)step};
  }
  if (!run->rank) qsort(*list, (size_t)*n, sizeof **list, OlderFirst);
  PetscCallMPI(MPI_Bcast(*list, (PetscMPIInt)(2 * *n), MPIU_INT, 0, comm));
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -restart auto: the newest that can be read; each one that cannot is told with the reason. None at all: the flow starts from 0. */
static PetscErrorCode RestartNewest(Run run, PetscBool *restarted, char path[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscInt       n;
  Candidate     *list;
  char           reason[FIELD_MESSAGE] = "";

  PetscFunctionBegin;
  PetscCheck(run->output[0], comm, JKO_ERR_INPUT, "-restart: auto has nowhere to look: give -output FOLDER");
  PetscCall(ListCheckpoints(run, &n, &list));
  for (PetscInt i = n - 1; i >= 0 && !*restarted; i--) {
    PetscCall(RunPath(run, "checkpoint", list[i].name, path));
    PetscCall(ReadCheckpoint(run, path, reason));
    *restarted = (PetscBool)!reason[0];
    if (*restarted && list[i].name == list[i].step) run->last_checkpoint = list[i].step;
    if (reason[0] && i) PetscCall(PetscFPrintf(comm, PETSC_STDERR, "jko: %s; trying the one before\n", reason));
  }
  PetscCall(PetscFree(list));
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
