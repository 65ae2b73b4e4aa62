/* history.csv: a row per accepted step, flushed as it is written: columns that are always there, then those of the monitors (of reaction
   first, in a flow that reacts). After a restart the rows beyond the restart step are dropped; a history of other columns, or with rows
   missing or changed, is refused: a checkpoint holds the digest of the rows before it. */
#include <errno.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

static const char Header[] =
    "step,time,dt,epsilon,energy,entropy,mass,kl,w2_step,w2_target,dissipation,iterations,residual,gap,min,max,wall";
enum { TIME_COLUMN = 1, DT_COLUMN = 2, ENERGY_COLUMN = 4, W2_TARGET_COLUMN = 9, COLUMNS = 17 };

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

/* The digest of the rows so far and one more (Fowler, Noll and Vo, FNV-1a); 0 is that of no rows. */
static uint64_t HashRow(uint64_t digest, const char row[])
{
  if (!digest) digest = 0xcbf29ce484222325;
  for (const char *c = row; *c; c++) digest = (digest ^ (unsigned char)*c) * 0x100000001b3;
  return digest;
}

/* What is wrong with the history that a restart finds, in a sentence, and whether it is damaged; or that it is of another run. */
typedef struct {
  char     *trouble; /* FIELD_MESSAGE characters; "": nothing */
  PetscBool damaged;
} Finding;

#define FindDamage(found, ...) ((void)snprintf((found)->trouble, FIELD_MESSAGE, __VA_ARGS__), (found)->damaged = PETSC_TRUE)
#define FindOther(found, ...)  ((void)snprintf((found)->trouble, FIELD_MESSAGE, __VA_ARGS__), (found)->damaged = PETSC_FALSE)

/* Whether the row is whole: `columns` fields, each a number or empty, the first of them the step. */
static PetscBool IsRow(const char row[], PetscInt columns, PetscInt step)
{
  char *end;

  if (strtoll(row, &end, 10) != step || end == row || *end != ',') return PETSC_FALSE;
  for (PetscInt i = 0; i < columns; i++) {
    (void)strtod(row, &end);
    if (*row == ',' || *row == '\n') end = (char *)row;
    if (*end != (i + 1 < columns ? ',' : '\n')) return PETSC_FALSE;
    row = end + 1;
  }
  return PETSC_TRUE;
}

/* A run that was killed early leaves no row, but no density either. */
static PetscErrorCode CheckNoRows(Run run, Finding *found)
{
  PetscInt n, *steps;

  PetscFunctionBegin;
  PetscCall(RunFolderList(run, "density", &n, &steps));
  if (n) FindDamage(found, "has no rows, or is not there, but densities of a run are");
  PetscCall(PetscFree(steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Goes through the rows up to the step that is gone on from: each is there once, and whole, and the last is of the state at hand. The
   first row of a history has no dt. */
static PetscErrorCode CheckRows(Run run, FILE *old, PetscInt columns, Finding *found)
{
  PetscReal value[COLUMNS], time;
  PetscInt  step   = -1;
  uint64_t  digest = 0;
  size_t    space  = 0;
  char     *row    = NULL;

  PetscFunctionBegin;
  PetscCall(JKOGetTime(run->jko, &time));
  while (step != run->first && !found->trouble[0] && getline(&row, &space, old) > 0) {
    const PetscInt next = step < 0 ? (PetscInt)strtol(row, NULL, 10) : step + 1;

    ReadRow(row, COLUMNS, value);
    if (step < 0 && next > run->first)
      FindOther(found, "begins at step %" PetscInt_FMT ", beyond the step %" PetscInt_FMT " of the checkpoint", next, run->first);
    else if (!IsRow(row, columns, next) || PetscIsNanReal(value[DT_COLUMN]) != (step < 0))
      FindDamage(found, "has no whole row of step %" PetscInt_FMT " where it belongs, but '%.*s'", step < 0 ? 0 : next,
                 (int)PetscMin(strcspn(row, "\n"), 40), row);
    step   = next;
    digest = HashRow(digest, row);
  }
  free(row);
  if (found->trouble[0]) PetscFunctionReturn(PETSC_SUCCESS);
  if (step < 0)
    PetscCall(CheckNoRows(run, found));
  else if (step != run->first)
    FindDamage(found, "ends before the row of step %" PetscInt_FMT " of the checkpoint", run->first);
  else if (run->history_then && run->history_then != digest)
    FindDamage(found, "has other rows up to step %" PetscInt_FMT " than when the checkpoint was written", step);
  else if (value[TIME_COLUMN] != time || !(PetscAbsReal(value[ENERGY_COLUMN] - run->energy_then) <= 1e-9 * run->energy_scale))
    FindOther(found, "is of another run: its row of step %" PetscInt_FMT " is not of the checkpoint's state", step);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* On the first rank. */
static PetscErrorCode CheckHistory(Run run, const char path[], Finding *found)
{
  char     *header, *row = NULL;
  size_t    space   = 0;
  PetscInt  columns = 1;
  PetscBool plain;
  FILE     *old;

  PetscFunctionBegin;
  PetscCall(MakeHeader(run, &header));
  old = RunOwnOpen(path, &plain);
  if (old && getline(&row, &space, old) > 0 && !strcmp(row, header)) {
    for (const char *c = header; *c; c++) columns += *c == ',';
    PetscCall(CheckRows(run, old, columns, found));
  } else if (old && row && !strncmp(row, Header, sizeof Header - 1)) {
    row[strcspn(row, "\n")]       = 0;
    header[strcspn(header, "\n")] = 0;
    FindOther(found, "has after 'wall' the columns '%.200s', with these -jko_monitor_ and -monitor_ options they are '%.200s'",
              row + sizeof Header - 1, header + sizeof Header - 1);
  } else if (old || !plain)
    FindDamage(found, "%s", plain ? "has not the columns of a history" : "is no plain file");
  else
    PetscCall(CheckNoRows(run, found));
  if (old) (void)fclose(old);
  free(row);
  free(header);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunHistoryCheck - before anything is written: the history in the folder leads to the state at hand, row by row. With -output_overwrite
   one that does not is replaced. Collective. Errors: JKO_ERR_INPUT for the history of another run, JKO_ERR_FILE for one that is damaged. */
PetscErrorCode RunHistoryCheck(Run run)
{
  const MPI_Comm comm                   = PetscObjectComm((PetscObject)run);
  char           trouble[FIELD_MESSAGE] = "", path[PETSC_MAX_PATH_LEN];
  Finding        found                  = {trouble, PETSC_FALSE};

  PetscFunctionBegin;
  PetscCall(RunPath(run, "history.csv", -1, path));
  if (!run->rank) PetscCall(CheckHistory(run, path, &found));
  PetscCallMPI(MPI_Bcast(trouble, sizeof trouble, MPI_CHAR, 0, comm));
  PetscCallMPI(MPI_Bcast(&found.damaged, 1, JKO_MPI_BOOL, 0, comm));
  if (trouble[0]) run->replaces = PETSC_TRUE;
  PetscCheck(!trouble[0] || run->output_overwrite, comm, found.damaged ? JKO_ERR_FILE : JKO_ERR_INPUT,
             "-restart: '%s' %s; %s, another -output, or -output_overwrite for a history that begins at step %" PetscInt_FMT, path, trouble,
             found.damaged ? "bring it back" : "give the same options", run->first);
  PetscFunctionReturn(PETSC_SUCCESS);
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

/* Adds a row to the history, and to its size and digest. */
static PetscErrorCode PutRow(Run run, const char row[])
{
  PetscFunctionBegin;
  (void)fputs(row, run->history);
  run->history_size += (off_t)strlen(row);
  run->history_hash = HashRow(run->history_hash, row);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Copies the rows up to the first step, which were checked, to the new history; `first`: the first of them. */
static PetscErrorCode CopyRows(Run run, FILE *old, char **first)
{
  char     *row   = NULL, path[PETSC_MAX_PATH_LEN];
  size_t    space = 0;
  PetscInt  step  = -1;
  PetscReal value[COLUMNS];

  PetscFunctionBegin;
  (void)!getline(&row, &space, old); /* the header */
  while (step != run->first && getline(&row, &space, old) > 0) {
    step = (PetscInt)strtol(row, NULL, 10);
    ReadRow(row, COLUMNS, value);
    PetscCall(PutRow(run, row));
    if (!*first) *first = strdup(row);
    PetscCall(RunPath(run, "density", step, path));
    if (access(path, F_OK)) continue;
    PetscCall(RunSeriesAdd(&run->series, step, value[TIME_COLUMN]));
    run->last_written = step;
  }
  free(row);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The new history under a temporary name: what is kept of the old, or the header alone. */
static PetscErrorCode StartHistory(Run run, const char path[], const char temporary[], PetscBool *continues, char **first)
{
  FILE     *old = NULL;
  char     *header;
  PetscBool plain;

  PetscFunctionBegin;
  PetscCall(MakeHeader(run, &header));
  if (run->restarted && !run->replaces) old = RunOwnOpen(path, &plain);
  run->history      = RunOwnCreate(temporary);
  run->history_size = (off_t)strlen(header);
  run->history_hash = 0;
  if (run->history) (void)fputs(header, run->history);
  if (old && run->history) PetscCall(CopyRows(run, old, first));
  *continues = (PetscBool)(*first != NULL);
  if (old) (void)fclose(old);
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
  PetscCallMPI(MPI_Bcast(continues, 1, JKO_MPI_BOOL, 0, PetscObjectComm((PetscObject)run)));
  PetscCallMPI(MPI_Bcast(&run->last_written, 1, MPIU_INT, 0, PetscObjectComm((PetscObject)run)));
  if (*continues) PetscCall(ResumeMonitors(run, first));
  free(first);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A number that reads back to the same bits, or nothing where there is none. */
static void PutReal(FILE *row, PetscBool has, double value)
{
  if (has)
    (void)fprintf(row, ",%.17g", value);
  else
    (void)fputc(',', row);
}

/* RunHistoryVerify - the history in the folder is still the file that is written to, and as long as it was left. Collective. Errors:
   PETSC_ERR_FILE_WRITE. */
PetscErrorCode RunHistoryVerify(Run run)
{
  char        path[PETSC_MAX_PATH_LEN];
  struct stat there, mine;
  PetscBool   lost = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(RunPath(run, "history.csv", -1, path));
  if (!run->rank)
    lost = (PetscBool)(lstat(path, &there) || fstat(fileno(run->history), &mine) || there.st_ino != mine.st_ino ||
                       there.st_dev != mine.st_dev || mine.st_size != run->history_size);
  PetscCall(
      RunAgree(run, lost ? "history.csv was removed or changed from outside while it was written; go on from the last checkpoint" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunHistoryAppend - the row of a state, the columns of the monitors last. What only a step has is left empty in the row of the initial
   state. Collective; after MonitorMeasure(). */
PetscErrorCode RunHistoryAppend(Run run, const JKOStepInfo *info, const PetscReal columns[])
{
  const PetscBool    stepped = (PetscBool)(info->iterations > 0 || info->dt > 0), always = PETSC_TRUE;
  FILE              *stream;
  char              *row;
  size_t             size;
  PetscBool          failed = PETSC_FALSE;
  PetscReal          kl, w2, error;
  PetscInt           n;
  const char *const *names;

  PetscFunctionBegin;
  PetscCall(MonitorGetDivergence(run->table, &kl));
  PetscCall(MonitorGetDistance(run->table, &w2, &error));
  PetscCall(MonitorGetColumns(run->table, &n, &names));
  PetscCall(RunHistoryVerify(run));
  if (!run->rank) {
    stream = open_memstream(&row, &size);
    (void)fprintf(stream, "%" PetscInt_FMT, info->step);
    PutReal(stream, always, info->time);
    PutReal(stream, stepped, info->dt);
    PutReal(stream, always, info->epsilon);
    PutReal(stream, always, info->energy);
    PutReal(stream, always, info->entropy);
    PutReal(stream, always, info->mass);
    PutReal(stream, (PetscBool)!PetscIsNanReal(kl), kl);
    PutReal(stream, stepped, info->w2);
    PutReal(stream, (PetscBool)!PetscIsNanReal(w2), w2);
    PutReal(stream, stepped, info->dissipation);
    if (stepped)
      (void)fprintf(stream, ",%" PetscInt_FMT, info->iterations);
    else
      (void)fputc(',', stream);
    PutReal(stream, stepped, info->residual);
    PutReal(stream, stepped, info->gap);
    PutReal(stream, always, info->min);
    PutReal(stream, always, info->max);
    PutReal(stream, stepped, info->wall);
    for (PetscInt i = 0; i < n; i++) PutReal(stream, (PetscBool)!PetscIsNanReal(columns[i]), columns[i]);
    (void)fputc('\n', stream);
    (void)fclose(stream);
    PetscCall(PutRow(run, row));
    free(row);
    failed = (PetscBool)(fflush(run->history) || ferror(run->history));
  }
  PetscCall(RunAgree(run, failed ? "history.csv cannot be written" : ""));
  PetscFunctionReturn(PETSC_SUCCESS);
}
