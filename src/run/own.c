/* The files of a run by their names: which of them lie in the output folder, and their removal when another run replaces them. What has
   another name is never touched; a link goes, the file that it leads to stays. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jko/private/runimpl.h>
#include <jko/private/sysimpl.h>

/* Files of which there is one, and those of which there is one per step or frame, "kind-NNNNNN.h5". */
static const char *const Single[]   = {"history.csv", "flow.xdmf", "film.xdmf", "run.log.json"};
static const char *const Numbered[] = {"checkpoint", "density", "film"};

/* What runs/plot.py draws into the folder. */
static const char *const Pictures[] = {"report.html", "frames.png",  "film.gif",   "film.mp4",   "decay.png",
                                       "effort.png",  "columns.png", "fields.png", "summary.png"};

static PetscBool IsAmong(const char name[], size_t n, const char *const list[])
{
  for (size_t i = 0; i < n; i++)
    if (!strcmp(name, list[i])) return PETSC_TRUE;
  return PETSC_FALSE;
}

/* RunOwnNumber - NNNNNN of a name "kind-NNNNNN.h5", or -1. */
PetscInt RunOwnNumber(const char name[], const char kind[])
{
  const size_t length = strlen(kind);
  const char  *digits = name + length + 1;
  long long    number = 0;
  size_t       n;

  if (strncmp(name, kind, length) != 0 || name[length] != '-') return -1;
  n = strspn(digits, "0123456789");
  if (n < 6 || n > 18 || strcmp(digits + n, ".h5") != 0) return -1;
  for (size_t i = 0; i < n; i++) number = 10 * number + digits[i] - '0';
  return number > PETSC_MAX_INT ? -1 : (PetscInt)number;
}

static PetscBool IsResult(const char name[])
{
  for (size_t i = 0; i < sizeof Numbered / sizeof *Numbered; i++)
    if (RunOwnNumber(name, Numbered[i]) >= 0) return PETSC_TRUE;
  return IsAmong(name, sizeof Single / sizeof *Single, Single);
}

/* Whether a name is a temporary one: of a file of the run, before it is whole. */
static PetscBool IsUnfinished(const char name[])
{
  const size_t length = strlen(name);
  char         whole[64];

  if (length < 5 || length - 5 >= sizeof whole || strcmp(name + length - 5, ".part") != 0) return PETSC_FALSE;
  (void)snprintf(whole, sizeof whole, "%.*s", (int)(length - 5), name);
  return IsResult(whole);
}

static int ChooseResults(const struct dirent *entry)
{
  return IsResult(entry->d_name);
}

/* RunOwnFind - the first results in the folder, a few names in a line (`length` characters), "" without any. On one rank. */
void RunOwnFind(Run run, char names[], size_t length)
{
  struct dirent **entry = NULL;
  const int       n     = scandir(run->output, &entry, ChooseResults, alphasort);

  names[0] = 0;
  if (n > 0)
    (void)snprintf(names, length, "%s%s%s%s", entry[0]->d_name, n > 1 ? ", " : "", n > 1 ? entry[n - 1]->d_name : "", n > 2 ? ", ..." : "");
  for (int i = 0; i < n; i++) free(entry[i]);
  free(entry);
}

/* RunOwnRemove - removes files of the run from the folder: what writers that were killed have left unfinished, pictures, or every result
   but the checkpoint of step `keep`. On one rank. */
PetscErrorCode RunOwnRemove(Run run, RunOwnKind kind, PetscInt keep)
{
  DIR           *folder = opendir(run->output);
  struct dirent *entry;
  char           path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  while (folder && (entry = readdir(folder))) {
    const char     *name = entry->d_name;
    const PetscBool kept = (PetscBool)(keep >= 0 && RunOwnNumber(name, "checkpoint") == keep);

    if (!(kind == RUN_UNFINISHED ? IsUnfinished(name)
          : kind == RUN_PICTURES ? IsAmong(name, sizeof Pictures / sizeof *Pictures, Pictures)
                                 : IsResult(name) && !kept))
      continue;
    PetscCall(RunPath(run, name, -1, path));
    (void)unlink(path);
  }
  if (folder) (void)closedir(folder);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunOwnCreate - a new file to write text to; NULL with errno where there can be none. What has the name goes first, so that neither a
   link nor a pipe is written through. On one rank. */
FILE *RunOwnCreate(const char path[])
{
  int file;

  (void)unlink(path);
  file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  return file < 0 ? NULL : fdopen(file, "w");
}

/* RunOwnOpen - a file of the run to read; NULL where it is not there or no plain file (`plain` false): a pipe would be waited for. On one
   rank. */
FILE *RunOwnOpen(const char path[], PetscBool *plain)
{
  const int   file = JKOFileOpen(path, O_RDONLY | O_NOFOLLOW);
  struct stat status;

  *plain = (PetscBool)(file >= 0 || lstat(path, &status));
  return file < 0 ? NULL : fdopen(file, "r");
}
