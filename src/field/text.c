/* Whether the text of an option means a file or an expression. */
#include <unistd.h>
#include <jko/private/fieldimpl.h>

/* FieldIsRecord - whether a word names a record of a series, "3" or "time=3". Not collective. */
PetscBool FieldIsRecord(const char word[])
{
  const char *number = strchr(word, '=') ? strchr(word, '=') + 1 : word;

  number += *number == '-';
  return (PetscBool)(*number && number[strspn(number, "0123456789")] == 0 && word[0] != '=');
}

/* Where the path in a text ends: at the last ':' or the last but one, whichever leaves the name of a file; of what is none, before
   ":dataset" or ":dataset:record". */
static size_t PathLength(const char text[])
{
  const size_t whole = strlen(text);
  char         path[PETSC_MAX_PATH_LEN];
  size_t       cut[2] = {whole, whole};
  int          cuts   = 0;

  if (!access(text, F_OK) || whole >= sizeof path) return whole;
  (void)snprintf(path, sizeof path, "%s", text);
  for (char *colon; cuts < 2 && (colon = strrchr(path, ':'));) {
    *colon      = 0;
    cut[cuts++] = (size_t)(colon - path);
    if (!access(path, F_OK)) return cut[cuts - 1];
  }
  return cuts == 2 && FieldIsRecord(text + cut[0] + 1) ? cut[1] : cut[0];
}

/* FieldSplitName - cuts "path[:dataset][:record]" into a path (PETSC_MAX_PATH_LEN characters) and the rest of the text, "" without one.
   Collective. */
PetscErrorCode FieldSplitName(MPI_Comm comm, const char text[], char path[], const char **rest)
{
  PetscMPIInt rank;
  long        length = 0;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) length = (long)PathLength(text);
  PetscCallMPI(MPI_Bcast(&length, 1, MPI_LONG, 0, comm));
  PetscCall(PetscStrncpy(path, text, PetscMin((size_t)length + 1, PETSC_MAX_PATH_LEN)));
  *rest = text + length + (text[length] == ':');
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  FieldIsFile - whether a text names a file: it is one, up to ":dataset" or ":dataset:record", or it ends like one (.h5, .hdf5, .nc, .nc4).

  Collective. Otherwise the text is meant as an expression.
@*/
PetscErrorCode FieldIsFile(MPI_Comm comm, const char text[], PetscBool *is)
{
  char        path[PETSC_MAX_PATH_LEN];
  const char *rest;
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(FieldSplitName(comm, text, path, &rest));
  *is = (PetscBool)(!rank && !access(path, F_OK));
  for (const char *const *end = (const char *const[]){".h5", ".hdf5", ".nc", ".nc4", NULL}; *end && !*is; end++)
    PetscCall(PetscStrendswith(path, *end, is));
  PetscCallMPI(MPI_Bcast(is, 1, JKO_MPI_BOOL, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
