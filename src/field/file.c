/* Fields from and to netCDF-4/HDF5 files, axis order z, y, x. */
#include <math.h>
#include <unistd.h>
#include <jko/private/fieldimpl.h>

/* Cuts "path[:dataset]" at its last ':', unless the whole is the name of a file; dataset is NULL without one. */
static PetscErrorCode SplitName(MPI_Comm comm, char text[], const char **dataset)
{
  PetscMPIInt rank;
  int         whole = 0;
  char       *colon = strrchr(text, ':');

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  if (!rank) whole = !access(text, F_OK);
  PetscCallMPI(MPI_Bcast(&whole, 1, MPI_INT, 0, comm));
  *dataset = !whole && colon ? colon + 1 : NULL;
  if (*dataset) *colon = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  FieldFromFile - a field from a dataset of an HDF5 or netCDF-4 file.

  Input Parameters:
+ grid - set up
. option - the option that named the file, for messages
. name - "path[:dataset]"; the dataset may lie in groups, as in a.h5:runs/first/density
. usual - the dataset to take when the name gives none; if the file has none such, its only one with the grid's number of axes
- v - receives the values, from GridCreateVector()

  Collective. The dataset holds numbers of any type, axis order z, y, x, one per cell of the grid.
  Errors (JKO_ERR_FILE, one line): a file that is missing, damaged or not HDF5; no such dataset; other sizes; a value that is not finite.
@*/
PetscErrorCode FieldFromFile(Grid grid, const char option[], const char name[], const char usual[], Vec v)
{
  char        path[PETSC_MAX_PATH_LEN], dataset[256];
  const char *asked = NULL;
  FieldFile   file;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(v, VEC_CLASSID, 5);
  PetscCall(PetscStrncpy(path, name, sizeof path));
  PetscCall(SplitName(PetscObjectComm((PetscObject)v), path, &asked));
  PetscCall(FieldFileOpen(grid, option, path, &file));
  PetscCall(FieldFileFind(file, asked, usual, dataset));
  PetscCall(FieldFileReadField(file, dataset, v));
  PetscCall(FieldFileClose(&file, NULL));
  PetscCall(FieldCheck(grid, JKO_ERR_FILE, option, -PETSC_MAX_REAL, v));
  PetscCall(FieldAddDigest(grid, option, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  FieldToFile - fields at one time as a netCDF-4 file after the CF conventions; its bytes depend on the values only. Where the grid has
  walls they are the flag variable `wall`, ancillary to each field.

  Input Parameters:
+ grid - set up
. path - the file, replaced when it is there; it appears when it is whole
. n - number of fields
. names - their datasets
. fields - their values, NaN where there is none
. time - time, a scalar coordinate, and an attribute of the file and of each dataset
- step - number of the time step, likewise

  Collective. Errors: PETSC_ERR_FILE_WRITE, one line.
@*/
PetscErrorCode FieldToFile(Grid grid, const char path[], PetscInt n, const char *const names[], const Vec fields[], PetscReal time,
                           PetscInt step)
{
  FieldFile       file;
  const char     *wall;
  const PetscReal missing = NAN;

  PetscFunctionBegin;
  PetscCall(GridGetWalls(grid, &wall));
  PetscCall(FieldFileCreate(grid, "output", path, PETSC_FALSE, n + !!wall, &file));
  PetscCall(FieldFileWriteAxes(file));
  PetscCall(FieldFileWriteTime(file, time));
  PetscCall(FieldFileSetReals(file, "/", "time", 1, &time));
  PetscCall(FieldFileSetInt(file, "/", "step", step));
  PetscCall(FieldFileWriteWalls(file));
  for (PetscInt i = 0; i < n; i++) {
    PetscScalar sum;

    PetscCall(FieldFileWriteField(file, names[i], fields[i]));
    PetscCall(VecSum(fields[i], &sum));
    if (PetscIsNanScalar(sum)) PetscCall(FieldFileSetReals(file, names[i], "_FillValue", 1, &missing));
    PetscCall(FieldFileSetText(file, names[i], "long_name", names[i]));
    PetscCall(FieldFileSetText(file, names[i], "units", "1"));
    if (wall) PetscCall(FieldFileSetText(file, names[i], "ancillary_variables", "wall"));
    PetscCall(FieldFileSetText(file, names[i], "coordinates", "time"));
    PetscCall(FieldFileSetReals(file, names[i], "time", 1, &time));
    PetscCall(FieldFileSetInt(file, names[i], "step", step));
  }
  PetscCall(FieldFileClose(&file, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
