/* history.csv: a row per accepted step, flushed as it is written: columns that are always there, then those of the monitors (of reaction
   first, in a flow that reacts). After a restart the rows beyond the restart step are dropped; a history of other columns is refused. */
#include <errno.h>
#include <math.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

static const char Header[] =
    "step,time,dt,epsilon,energy,entropy,mass,kl,w2_step,w2_target,dissipation,iterations,residual,gap,min,max,wall";
enum { TIME_COLUMN = 1, ENERGY_COLUMN = 4, W2_TARGET_COLUMN = 9, COLUMNS = 17 };

/* The header with the columns of the monitors, ended by a newline. The caller frees it. */
static PetscErrorCode MakeHeader(Run run, char **header)
{
  size_t             size;
  FILE              *stream = open_memstream(header, &size);
  PetscInt           n;
  const char *const *names;

  PetscFunctionBegin;
  PetscCall(MonitorGetColumns(run->table, &n, &names));
  (void)fputs(Header, stream);
  for (PetscInt i = 0; i < n; i++) (void)fprintf(stream, ",%s", names[i]);
  (void)fputc('\n', stream);
  (void)fclose(stream);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunHistoryCheck - before anything is written: a history that is to be gone on with has the columns that this run asks for. Collective.
   Errors (JKO_ERR_INPUT). */
PetscErrorCode RunHistoryCheck(Run run)
{
  char  *header, *row = NULL, path[PETSC_MAX_PATH_LEN], found[512] = "";
  size_t space = 0;
  FILE  *old;

  PetscFunctionBegin;
  PetscCall(MakeHeader(run, &header));
  PetscCall(RunPath(run, "history.csv", -1, path));
  if (!run->rank && (old = fopen(path, "r"))) {
    if (getline(&row, &space, old) > 0 && !strncmp(row, Header, sizeof Header - 1) && strcmp(row, header) != 0)
      (void)snprintf(found, sizeof found, "columns '%.*s'", (int)strcspn(row + sizeof Header - 1, "\n"), row + sizeof Header - 1);
    (void)fclose(old);
    free(row);
  }
  PetscCallMPI(MPI_Bcast(found, sizeof found, MPI_CHAR, 0, PetscObjectComm((PetscObject)run)));
  header[strcspn(header, "\n")] = 0;
  PetscCheck(!found[0], PetscObjectComm((PetscObject)run), JKO_ERR_INPUT,
             "-restart: '%s' has after 'wall' the %s, with these -jko_monitor_ and -monitor_ options they are '%s'; give the same "
             "options, or another -output",
             path, found, header + sizeof Header - 1);
  free(header);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes the values of a row, NaN for an empty field or one that is not there. */
static void ReadRow(const char row[], PetscInt n, PetscReal value[])
{
  for (PetscInt i = 0; i < n; i++) {
    char        *end;
    const double number = strtod(row, &end);

    value[i] = end == row ? NAN : (PetscReal)number;
    row += strcspn(row, ",\n");
    row += *row == ',';
  }
}

/* Tells the monitors of the first row of the history that goes on; it is known on the first rank. Collective. */
static PetscErrorCode ResumeMonitors(Run run, const char row[])
{
  PetscInt           n;
  const char *const *names;
  PetscReal         *value;

  PetscFunctionBegin;
  PetscCall(MonitorGetColumns(run->table, &n, &names));
  PetscCall(PetscMalloc1(COLUMNS + n, &value));
  if (!run->rank) ReadRow(row ? row : "", COLUMNS + n, value);
  PetscCallMPI(MPI_Bcast(value, (PetscMPIInt)(COLUMNS + n), MPIU_REAL, 0, PetscObjectComm((PetscObject)run)));
  PetscCall(MonitorResume(run->table, &(MonitorRow){value[TIME_COLUMN], value[W2_TARGET_COLUMN], value + COLUMNS}));
  PetscCall(PetscFree(value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunHistorySync - puts the rows so far on disk, ahead of a checkpoint that continues them. On one rank. */
void RunHistorySync(Run run)
{
  if (run->history && !fflush(run->history)) (void)fsync(fileno(run->history));
}

/* Copies the rows up to the first step from the old history to the new; whether the last of them is the state we start from, and not that
   of another flow with the same steps. `first`: the first of them. */
static PetscErrorCode CopyRows(Run run, const char header[], FILE *old, FILE *new, PetscReal time, PetscBool *found, char **first)
{
  char     *row   = NULL, *comma, path[PETSC_MAX_PATH_LEN];
  size_t    space = 0;
  PetscInt  step;
  PetscReal value[COLUMNS];

  PetscFunctionBegin;
  *found = PETSC_FALSE;
  if (getline(&row, &space, old) > 0 && !strcmp(row, header)) {
    while (!*found && getline(&row, &space, old) > 0) {
      step = (PetscInt)strtol(row, &comma, 10);
      if (*comma != ',' || step > run->first) break;
      ReadRow(row, COLUMNS, value);
      (void)fputs(row, new);
      if (!*first) *first = strdup(row);
      PetscCall(RunPath(run, "density", step, path));
      if (!access(path, F_OK)) {
        PetscCall(RunSeriesAdd(&run->series, step, value[TIME_COLUMN]));
        run->last_written = step;
      }
      *found = (PetscBool)(step == run->first && value[TIME_COLUMN] == time &&
                           PetscAbsReal(value[ENERGY_COLUMN] - run->energy_then) <= 1e-9 * run->energy_scale);
    }
  }
  free(row);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The new history under a temporary name: what is kept of the old, or the header alone. */
static PetscErrorCode StartHistory(Run run, const char path[], const char temporary[], PetscBool *continues, char **first)
{
  FILE     *old = run->restarted ? fopen(path, "r") : NULL;
  PetscReal time;
  char     *header;

  PetscFunctionBegin;
  PetscCall(MakeHeader(run, &header));
  run->history = fopen(temporary, "w");
  if (run->history) (void)fputs(header, run->history);
  PetscCall(JKOGetTime(run->jko, &time));
  if (old && run->history) PetscCall(CopyRows(run, header, old, run->history, time, continues, first));
  if (old) (void)fclose(old);
  if (run->history && !*continues) {
    run->series.count = 0;
    run->last_written = -1;
    run->history      = freopen(temporary, "w", run->history);
    if (run->history) (void)fputs(header, run->history);
  }
  free(header);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunHistoryOpen - starts the history, or goes on with the one that is there when it leads to the state at hand. Collective. */
PetscErrorCode RunHistoryOpen(Run run, PetscBool *continues)
{
  char path[PETSC_MAX_PATH_LEN], temporary[PETSC_MAX_PATH_LEN], reason[FIELD_MESSAGE] = "", *first = NULL;

  PetscFunctionBegin;
  *continues = PETSC_FALSE;
  PetscCall(RunPath(run, "history.csv", -1, path));
  PetscCall(RunPath(run, "history.csv.part", -1, temporary));
  if (!run->rank) {
    errno = 0;
    PetscCall(StartHistory(run, path, temporary, continues, &first));
    if (!run->history || fflush(run->history))
      PetscCall(PetscSNPrintf(reason, sizeof reason, "history.csv cannot be written: %s", strerror(errno)));
    else
      PetscCall(FieldFilePublish(temporary, path, PETSC_FALSE, reason));
  }
  PetscCall(RunAgree(run, reason));
  PetscCallMPI(MPI_Bcast(continues, 1, MPIU_BOOL, 0, PetscObjectComm((PetscObject)run)));
  PetscCallMPI(MPI_Bcast(&run->last_written, 1, MPIU_INT, 0, PetscObjectComm((PetscObject)run)));
  if (*continues) PetscCall(ResumeMonitors(run, first));
  free(first);
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

/* RunHistoryAppend - the row of a state, the columns of the monitors last. What only a step has is left empty in the row of the initial
   state. Collective; after MonitorMeasure(). */
PetscErrorCode RunHistoryAppend(Run run, const JKOStepInfo *info, const PetscReal columns[])
{
  const PetscBool    stepped = (PetscBool)(info->iterations > 0 || info->dt > 0), always = PETSC_TRUE;
  FILE              *file   = run->history;
  PetscBool          failed = PETSC_FALSE;
  PetscReal          kl, w2, error;
  PetscInt           n;
  const char *const *names;

  PetscFunctionBegin;
  PetscCall(MonitorGetDivergence(run->table, &kl));
  PetscCall(MonitorGetDistance(run->table, &w2, &error));
  PetscCall(MonitorGetColumns(run->table, &n, &names));
  if (!run->rank) {
    (void)fprintf(file, "%" PetscInt_FMT, info->step);
    PutReal(file, always, info->time);
    PutReal(file, stepped, info->dt);
    PutReal(file, always, info->epsilon);
    PutReal(file, always, info->energy);
    PutReal(file, always, info->entropy);
    PutReal(file, always, info->mass);
    PutReal(file, (PetscBool)!PetscIsNanReal(kl), kl);
    PutReal(file, stepped, info->w2);
    PutReal(file, (PetscBool)!PetscIsNanReal(w2), w2);
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
    for (PetscInt i = 0; i < n; i++) PutReal(file, (PetscBool)!PetscIsNanReal(columns[i]), columns[i]);
    (void)fputc('\n', file);
    failed = (PetscBool)(fflush(file) || ferror(file));
  }
  PetscCall(RunAgree(run, failed ? "history.csv cannot be written" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
