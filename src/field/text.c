/* Whether the text of an option means a file or an expression. */
#include <unistd.h>
#include <jko/private/fieldimpl.h>

/*@
  FieldIsFile - whether a text names a file: it is one, up to a ':', or it ends like one (.h5, .hdf5, .nc, .nc4).

  Collective. Otherwise the text is meant as an expression.
@*/
PetscErrorCode FieldIsFile(MPI_Comm comm, const char text[], PetscBool *is)
{
  char        path[PETSC_MAX_PATH_LEN];
  char       *colon;
  PetscMPIInt rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(PetscStrncpy(path, text, sizeof path));
  *is = (PetscBool)(!rank && !access(path, F_OK));
  if ((colon = strrchr(path, ':'))) *colon = 0;
  for (const char *const *end = (const char *const[]){".h5", ".hdf5", ".nc", ".nc4", NULL}; *end && !*is; end++)
    PetscCall(PetscStrendswith(path, *end, is));
  *is = (PetscBool)(*is || (!rank && colon && !access(path, F_OK)));
  PetscCallMPI(MPI_Bcast(is, 1, JKO_MPI_BOOL, 0, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}
