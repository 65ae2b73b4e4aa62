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
    const PetscInt step = RunOwnNumber(entry->d_name, kind);

    if (step < 0) continue;
    if (*n == space) PetscCall(PetscRealloc((size_t)(space *= 2) * sizeof **steps, steps));
    (*steps)[(*n)++] = step;
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

/* Refuses to replace the results of another run. Collective. */
static PetscErrorCode CheckResults(Run run)
{
  const MPI_Comm comm       = PetscObjectComm((PetscObject)run);
  char           names[256] = "";

  PetscFunctionBegin;
  if (!run->rank) RunOwnFind(run, names, sizeof names);
  PetscCallMPI(MPI_Bcast(names, sizeof names, MPI_CHAR, 0, comm));
  if (names[0]) run->replaces = PETSC_TRUE;
  PetscCheck(!names[0] || run->output_overwrite || !run->restart[0], comm, JKO_ERR_INPUT,
             "-restart: auto finds no checkpoint in '%s', which holds the results of another run (%s); give -output_overwrite to replace "
             "them, or another -output",
             run->output, names);
  PetscCheck(!names[0] || run->output_overwrite, comm, JKO_ERR_INPUT,
             "-output: '%s' holds the results of another run (%s); give -restart auto to go on with it, -output_overwrite to replace it, "
             "or another folder",
             run->output, names);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderAdmit - whether what lies in the folder may be gone on with or replaced. Collective. Errors: JKO_ERR_INPUT, JKO_ERR_FILE. */
PetscErrorCode RunFolderAdmit(Run run)
{
  PetscFunctionBegin;
  if (run->restarted)
    PetscCall(RunHistoryCheck(run));
  else
    PetscCall(CheckResults(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderLock - locks the folder, once; one that is not there stays so. Collective. Errors (JKO_ERR_INPUT): a folder that cannot be
   written to, or that another run is writing to. */
PetscErrorCode RunFolderLock(Run run)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  struct stat    status;
  char           path[PETSC_MAX_PATH_LEN], reason[512] = "";

  PetscFunctionBegin;
  PetscCall(RunPath(run, "run.lock", -1, path));
  if (!run->rank && run->lock < 0 && !stat(run->output, &status) && S_ISDIR(status.st_mode)) {
    run->lock = RunLock(path, reason);
    if (!reason[0]) RunSignalsRemove(0, path);
  }
  PetscCallMPI(MPI_Bcast(reason, sizeof reason, MPI_CHAR, 0, comm));
  PetscCheck(!reason[0], comm, JKO_ERR_INPUT, "-output: %s", reason);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderOpen - makes the folder where it is missing, takes it, and removes what writers that were killed have left. Collective. Errors
   (JKO_ERR_INPUT): a folder that cannot be made, and those of RunFolderLock() and RunFolderAdmit(). */
PetscErrorCode RunFolderOpen(Run run)
{
  const MPI_Comm comm     = PetscObjectComm((PetscObject)run);
  int            error[2] = {0, run->lock < 0}; /* of making it; whether it was not there when the run was set up */

  PetscFunctionBegin;
  if (!run->rank && MakeFolders(run->output)) error[0] = errno;
  PetscCallMPI(MPI_Bcast(error, 2, MPI_INT, 0, comm));
  PetscCheck(!error[0], comm, JKO_ERR_INPUT, "-output: the folder '%s' cannot be made: %s", run->output, strerror(error[0]));
  PetscCall(RunFolderLock(run));
  if (error[1]) PetscCall(RunFolderAdmit(run)); /* another run may have come and gone */
  if (!run->rank) PetscCall(RunOwnRemove(run, RUN_UNFINISHED, -1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunFolderClear - removes what belongs to a history that this run replaces, and its pictures: everything, or the snapshots and
   checkpoints beyond the first step. Collective. */
PetscErrorCode RunFolderClear(Run run)
{
  PetscInt n, *steps, newest = run->first;

  PetscFunctionBegin;
  if (run->rank) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(RunFolderList(run, "density", &n, &steps));
  if (n) newest = steps[n - 1];
  PetscCall(PetscFree(steps));
  if (run->replaces || newest > run->first) PetscCall(RunOwnRemove(run, RUN_PICTURES, -1));
  if (run->replaces) PetscCall(RunOwnRemove(run, RUN_RESULTS, run->last_checkpoint));
  PetscCall(RunFolderRemove(run, "density", run->restarted ? run->first : -1, -1));
  PetscCall(RunFolderRemove(run, "checkpoint", run->first, -1));
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
