/* The output folder: made when it is missing, cleared of what an earlier run left beyond the step this one starts from. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jko/private/runimpl.h>

/* RunAgree - raises PETSC_ERR_FILE_WRITE on all ranks when the first rank gives a reason; "" is none. Collective. */
PetscErrorCode RunAgree(Run run, const char reason[])
{
  char text[512] = "";

  PetscFunctionBegin;
  if (!run->rank) PetscCall(PetscStrncpy(text, reason, sizeof text));
  PetscCallMPI(MPI_Bcast(text, sizeof text, MPI_CHAR, 0, PetscObjectComm((PetscObject)run)));
  PetscCheck(!text[0], PetscObjectComm((PetscObject)run), PETSC_ERR_FILE_WRITE, "-output: %s", text);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunPath - the path of a file in the folder, PETSC_MAX_PATH_LEN characters: "kind-NNNNNN.h5", or just `kind` for a negative step. */
PetscErrorCode RunPath(Run run, const char kind[], PetscInt step, char path[])
{
  PetscFunctionBegin;
  if (step < 0)
    PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/%s", run->output, kind));
  else
    PetscCall(PetscSNPrintf(path, PETSC_MAX_PATH_LEN, "%s/%s-%06" PetscInt_FMT ".h5", run->output, kind, step));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderList - the steps of the files "kind-NNNNNN.h5", ascending; the caller frees them. On one rank. */
PetscErrorCode RunFolderList(Run run, const char kind[], PetscInt *n, PetscInt **steps)
{
  DIR           *folder = opendir(run->output);
  struct dirent *entry;
  PetscInt       space = 16;

  PetscFunctionBegin;
  *n = 0;
  PetscCall(PetscMalloc1(space, steps));
  while (folder && (entry = readdir(folder))) {
    const size_t length = strlen(kind);
    char        *end;
    long         step;

    if (strncmp(entry->d_name, kind, length) != 0 || entry->d_name[length] != '-') continue;
    step = strtol(entry->d_name + length + 1, &end, 10);
    if (end < entry->d_name + length + 7 || step < 0 || strcmp(end, ".h5") != 0) continue;
    if (*n == space) PetscCall(PetscRealloc((size_t)(space *= 2) * sizeof **steps, steps));
    (*steps)[(*n)++] = (PetscInt)step;
  }
  if (folder) (void)closedir(folder);
  PetscCall(PetscSortInt(*n, *steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderRemove - removes the files "kind-NNNNNN.h5" after a step and all but the newest `keep` up to it; keep < 0 keeps all of
   those. Collective. */
PetscErrorCode RunFolderRemove(Run run, const char kind[], PetscInt step, PetscInt keep)
{
  PetscInt n, *steps, later = 0;
  char     path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  if (run->rank) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(RunFolderList(run, kind, &n, &steps));
  while (later < n && steps[n - 1 - later] > step) later++;
  for (PetscInt i = 0; i < n; i++) {
    if (i < n - later && (keep < 0 || i >= n - later - keep)) continue;
    PetscCall(RunPath(run, kind, steps[i], path));
    (void)unlink(path);
  }
  PetscCall(PetscFree(steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* mkdir -p; 0 when the folder is there in the end. */
static int MakeFolders(const char path[])
{
  char        part[PETSC_MAX_PATH_LEN];
  struct stat status;

  for (size_t i = 1; i <= strlen(path); i++) {
    if (path[i] && path[i] != '/') continue;
    (void)snprintf(part, sizeof part, "%.*s", (int)i, path);
    if (mkdir(part, 0777) && errno != EEXIST) return -1;
  }
  if (stat(path, &status)) return -1;
  errno = ENOTDIR;
  return S_ISDIR(status.st_mode) ? 0 : -1;
}

/* Whether a name is a temporary one of ours. */
static PetscBool IsUnfinished(const char name[])
{
  const char *const starts[] = {"density-", "checkpoint-", "history.csv.", "flow.xdmf.", "film-", "film.xdmf.", "run.log.json.", NULL};
  const size_t      length   = strlen(name);

  if (length < 5 || strcmp(name + length - 5, ".part") != 0) return PETSC_FALSE;
  for (const char *const *start = starts; *start; start++)
    if (!strncmp(name, *start, strlen(*start))) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* Removes what writers that were killed have left. On one rank. */
static PetscErrorCode RemoveUnfinished(Run run)
{
  DIR           *folder = opendir(run->output);
  struct dirent *entry;
  char           path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  while (folder && (entry = readdir(folder))) {
    if (!IsUnfinished(entry->d_name)) continue;
    PetscCall(RunPath(run, entry->d_name, -1, path));
    (void)unlink(path);
  }
  if (folder) (void)closedir(folder);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderOpen - makes the folder where it is missing and locks it. Collective. Errors (JKO_ERR_INPUT): a folder that cannot be made or
   written to, or that another run is writing to. */
PetscErrorCode RunFolderOpen(Run run)
{
  int  error = 0;
  char path[PETSC_MAX_PATH_LEN], reason[512] = "";

  PetscFunctionBegin;
  if (!run->rank && MakeFolders(run->output)) error = errno;
  PetscCallMPI(MPI_Bcast(&error, 1, MPI_INT, 0, PetscObjectComm((PetscObject)run)));
  PetscCheck(!error, PetscObjectComm((PetscObject)run), JKO_ERR_INPUT, "-output: the folder '%s' cannot be made: %s", run->output,
             strerror(error));
  PetscCall(RunPath(run, "run.lock", -1, path));
  if (!run->rank) run->lock = RunLock(path, reason);
  PetscCallMPI(MPI_Bcast(reason, sizeof reason, MPI_CHAR, 0, PetscObjectComm((PetscObject)run)));
  PetscCheck(!reason[0], PetscObjectComm((PetscObject)run), JKO_ERR_INPUT, "-output: %s", reason);
  if (!run->rank) RunSignalsRemove(0, path);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderClear - removes the snapshots and checkpoints beyond the first step, which belong to a history that this run replaces, and
   what was never finished. Collective. */
PetscErrorCode RunFolderClear(Run run)
{
  const PetscInt last = run->restarted || run->last_checkpoint >= 0 ? run->first : -1;

  PetscFunctionBegin;
  PetscCall(RunFolderRemove(run, "density", run->restarted ? run->first : -1, -1));
  PetscCall(RunFolderRemove(run, "checkpoint", last, -1));
  if (!run->rank) PetscCall(RemoveUnfinished(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderRelease - gives the lock back. Not collective. */
PetscErrorCode RunFolderRelease(Run run)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  if (run->lock < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(RunPath(run, "run.lock", -1, path));
  (void)unlink(path);
  (void)close(run->lock);
  run->lock = -1;
  RunSignalsRemove(0, NULL);
  PetscFunctionReturn(PETSC_SUCCESS);
}
