/* checkpoint-NNNNNN.h5: what continues a flow bit for bit, log rho, the potential, step, time and eps, with a checksum on every
   dataset and a seal on the whole. It takes its name only when it is on disk, so that a crash leaves the checkpoints before it. */
#include <inttypes.h>
#include <petsctime.h>
#include <jko.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

/* RunGetBox - the grid in numbers. Not collective. */
PetscErrorCode RunGetBox(Grid grid, RunBox *box)
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
  RunBox      box;
  char       *options, digest[32];
  uint64_t    history = run->history_hash;
  const char *fields, *scheme;

  PetscFunctionBegin;
  PetscCall(RunGetBox(run->grid, &box));
  PetscCall(PetscObjectGetType((PetscObject)run->jko, &scheme));
  PetscCall(FieldGetDigests(run->grid, &fields));
  PetscCallMPI(MPI_Bcast(&history, 1, MPI_UINT64_T, 0, file->comm));
  (void)snprintf(digest, sizeof digest, "%016" PRIx64, history);
  PetscCall(RunListOptions(run->options_then, &options));
  PetscCall(FieldFileSetText(file, "/", "program", "jko " JKO_VERSION));
  PetscCall(FieldFileSetInt(file, "/", "format", RUN_FORMAT));
  PetscCall(FieldFileSetText(file, "/", "options", options));
  PetscCall(FieldFileSetText(file, "/", "scheme", scheme));
  if (fields[0]) PetscCall(FieldFileSetText(file, "/", "fields", fields));
  if (history) PetscCall(FieldFileSetText(file, "/", "history", digest));
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
