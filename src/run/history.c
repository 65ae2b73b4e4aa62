/* history.csv: a row per accepted step, flushed as it is written. After a restart the rows beyond the restart step are dropped. */
#include <errno.h>
#include <math.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

#define HISTORY_COLUMNS "step,time,dt,epsilon,energy,entropy,mass,kl,w2_step,w2_target,dissipation,iterations,residual,gap,min,max,wall"

/* The names of the columns; a flow that reacts has two more. */
static const char *GetHeader(Run run)
{
  return RunReacts(run) ? HISTORY_COLUMNS ",reaction,balance\n" : HISTORY_COLUMNS "\n";
}

/* RunHistorySync - puts the rows so far on disk, ahead of a checkpoint that continues them. On one rank. */
void RunHistorySync(Run run)
{
  if (run->history && !fflush(run->history)) (void)fsync(fileno(run->history));
}

/* Time and energy of a row. */
static void ReadRow(const char row[], PetscReal *time, PetscReal *energy)
{
  char *at = strchr(row, ',');

  *time = at ? (PetscReal)strtod(at + 1, NULL) : -1;
  for (int column = 1; at && column < 4; column++) at = strchr(at + 1, ',');
  *energy = at ? (PetscReal)strtod(at + 1, NULL) : NAN;
}

/* Copies the rows up to the first step from the old history to the new; whether the last of them is the state we start from, and
   not that of another flow with the same steps. */
static PetscErrorCode CopyRows(Run run, FILE *old, FILE *new, PetscReal time, PetscBool *found)
{
  char     *row   = NULL, *comma, path[PETSC_MAX_PATH_LEN];
  size_t    space = 0;
  PetscInt  step;
  PetscReal at, energy;

  PetscFunctionBegin;
  *found = PETSC_FALSE;
  if (getline(&row, &space, old) > 0 && !strcmp(row, GetHeader(run))) {
    while (!*found && getline(&row, &space, old) > 0) {
      step = (PetscInt)strtol(row, &comma, 10);
      if (*comma != ',' || step > run->first) break;
      ReadRow(row, &at, &energy);
      (void)fputs(row, new);
      PetscCall(RunPath(run, "density", step, path));
      if (!access(path, F_OK)) PetscCall(RunSnapshotAdd(run, step, at));
      *found = (PetscBool)(step == run->first && at == time && PetscAbsReal(energy - run->energy_then) <= 1e-9 * run->energy_scale);
    }
  }
  free(row);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The new history under a temporary name: what is kept of the old, or the header alone. */
static PetscErrorCode StartHistory(Run run, const char path[], const char temporary[], PetscBool *continues)
{
  FILE     *old = run->restarted ? fopen(path, "r") : NULL;
  PetscReal time;

  PetscFunctionBegin;
  run->history = fopen(temporary, "w");
  if (run->history) (void)fputs(GetHeader(run), run->history);
  PetscCall(JKOGetTime(run->jko, &time));
  if (old && run->history) PetscCall(CopyRows(run, old, run->history, time, continues));
  if (old) (void)fclose(old);
  if (run->history && !*continues) {
    run->snapshot_count = 0;
    run->last_written   = -1;
    run->history        = freopen(temporary, "w", run->history);
    if (run->history) (void)fputs(GetHeader(run), run->history);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunHistoryOpen - starts the history, or goes on with the one that is there when it leads to the state at hand. Collective. */
PetscErrorCode RunHistoryOpen(Run run, PetscBool *continues)
{
  char path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN], reason[FIELD_MESSAGE] = "";

  PetscFunctionBegin;
  *continues = PETSC_FALSE;
  PetscCall(RunPath(run, "history.csv", -1, path));
  PetscCall(RunPath(run, "history.csv.part", -1, temporary));
  if (!run->rank) {
    errno = 0;
    PetscCall(StartHistory(run, path, temporary, continues));
    if (!run->history || fflush(run->history))
      PetscCall(PetscSNPrintf(reason, sizeof reason, "history.csv cannot be written: %s", strerror(errno)));
    else
      PetscCall(FieldFilePublish(temporary, path, PETSC_FALSE, reason));
  }
  PetscCall(RunAgree(run, reason));
  PetscCallMPI(MPI_Bcast(continues, 1, MPIU_BOOL, 0, PetscObjectComm((PetscObject)run)));
  PetscCallMPI(MPI_Bcast(&run->last_written, 1, MPIU_INT, 0, PetscObjectComm((PetscObject)run)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number that reads back to the same bits, or nothing where there is none. */
static void PutReal(FILE *file, PetscBool has, double value)
{
  if (has)
    (void)fprintf(file, ",%.17g", value);
  else
    (void)fputc(',', file);
}

/* RunHistoryAppend - the row of a state; kl may be NULL. What only a step has is left empty in the row of the initial state. Collective. */
PetscErrorCode RunHistoryAppend(Run run, const JKOStepInfo *info, const PetscReal *kl)
{
  const PetscBool stepped = (PetscBool)(info->iterations > 0 || info->dt > 0), never = PETSC_FALSE, always = PETSC_TRUE;
  FILE           *file   = run->history;
  PetscBool       failed = PETSC_FALSE;

  PetscFunctionBegin;
  if (!run->rank) {
    (void)fprintf(file, "%" PetscInt_FMT, info->step);
    PutReal(file, always, info->time);
    PutReal(file, stepped, info->dt);
    PutReal(file, always, info->epsilon);
    PutReal(file, always, info->energy);
    PutReal(file, always, info->entropy);
    PutReal(file, always, info->mass);
    PutReal(file, (PetscBool) !!kl, kl ? *kl : 0);
    PutReal(file, stepped, info->w2);
    PutReal(file, never, 0); /* w2_target */
    PutReal(file, stepped, info->dissipation);
    if (stepped)
      (void)fprintf(file, ",%" PetscInt_FMT, info->iterations);
    else
      (void)fputc(',', file);
    PutReal(file, stepped, info->residual);
    PutReal(file, stepped, info->gap);
    PutReal(file, always, info->min);
    PutReal(file, always, info->max);
    PutReal(file, stepped, info->wall);
    if (RunReacts(run)) {
      PutReal(file, stepped, info->reaction);
      PutReal(file, stepped, info->balance);
    }
    (void)fputc('\n', file);
    failed = (PetscBool)(fflush(file) || ferror(file));
  }
  PetscCall(RunAgree(run, failed ? "history.csv cannot be written" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
