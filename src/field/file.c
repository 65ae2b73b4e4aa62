/* Fields from and to netCDF-4/HDF5 files, axis order z, y, x. */
#include <hdf5_hl.h>
#include <math.h>
#include "source.h"

/* The dataset and the record that "[dataset][:record]" asks for, "" where it does not. A word that may be either is a dataset where the
   file has one. */
static PetscErrorCode SplitRest(FieldFile file, const char rest[], char dataset[256], char record[256])
{
  const char *colon = strrchr(rest, ':');

  PetscFunctionBegin;
  record[0] = 0;
  PetscCall(PetscStrncpy(dataset, rest, 256));
  if (file->failure[0] || !rest[0] || H5LTpath_valid(file->id, rest, PETSC_TRUE) > 0) PetscFunctionReturn(PETSC_SUCCESS);
  if (!FieldIsRecord(colon ? colon + 1 : rest)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscStrncpy(record, colon ? colon + 1 : rest, 256));
  dataset[colon ? PetscMin(colon - rest, 255) : 0] = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  FieldFromFileInterpolated - a field from a dataset of an HDF5 or netCDF-4 file, which may have been made on another grid.

  Input Parameters:
+ grid - set up
. option - the option that named the file, for messages
. name - "path[:dataset][:record]"; the dataset may lie in groups, as in a.h5:runs/first/density; the record of a series is a number from 0
  on, or as in time=3
. usual - the dataset to take when the name gives none; if the file has none such, its only one with the grid's number of axes
. how - what becomes of a field of another grid; FIELD_AS_IT_IS as of FieldFromFile()
- v - receives the values, from GridCreateVector()

  Collective; a rank reads what its cells are made of. Cells of a file that tells no coordinates fill the box. Means keep the mass to
  round-off; they are 0 beyond the cells of the file, and what of the file lies beyond the box is told and left out. Values beyond the cells
of the file are refused. Periodic axes go round. Errors: as of FieldFromFile().
@*/
PetscErrorCode FieldFromFileInterpolated(Grid grid, const char option[], const char name[], const char usual[], FieldInterpolation how,
                                         Vec v)
{
  char        path[PETSC_MAX_PATH_LEN], dataset[256], asked[256], record[256];
  const char *rest;
  FieldFile   file;
  FieldSource source;
  FieldGaps   gaps = {0};

  PetscFunctionBegin;
  PetscValidHeaderSpecific(v, VEC_CLASSID, 6);
  PetscCall(FieldSplitName(PetscObjectComm((PetscObject)v), name, path, &rest));
  PetscCall(FieldFileOpen(grid, option, path, &file));
  PetscCall(SplitRest(file, rest, asked, record));
  PetscCall(FieldFileFind(file, asked[0] ? asked : NULL, usual, dataset));
  PetscCall(FieldSourceOpen(file, dataset, record, (PetscBool)(how != FIELD_AS_IT_IS), &source));
  if (how == FIELD_AS_IT_IS) {
    PetscCall(FieldSourceMatchPlaces(&source));
    PetscCall(FieldSourceRead(&source, v, &gaps));
  } else
    PetscCall(FieldSourceInterpolate(&source, how, v, &gaps));
  PetscCall(FieldSourceRefuseGaps(&source, &gaps, v));
  PetscCall(FieldSourceClose(&source));
  PetscCall(FieldFileClose(&file, NULL));
  PetscCall(FieldCheck(grid, JKO_ERR_FILE, option, -PETSC_MAX_REAL, v));
  PetscCall(FieldAddDigest(grid, option, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  FieldFromFile - a field from a dataset of an HDF5 or netCDF-4 file that holds one value per cell of the grid.

  Input Parameters:
+ grid - set up
. option - the option that named the file, for messages
. name - "path[:dataset][:record]", as of FieldFromFileInterpolated()
. usual - the dataset to take when the name gives none; if the file has none such, its only one with the grid's number of axes
- v - receives the values, from GridCreateVector()

  Collective. The dataset holds numbers of any type, or truth values, axis order z, y, x. Packed numbers are unpacked. Coordinates, where
the file has some, are those of the cells; where they run down the field is turned round, which is told. Errors (JKO_ERR_FILE, one line): a
file that is missing, damaged or not HDF5; no such dataset or record; other sizes, axes or places; cells without a value; a value that is
not finite.
@*/
PetscErrorCode FieldFromFile(Grid grid, const char option[], const char name[], const char usual[], Vec v)
{
  PetscFunctionBegin;
  PetscCall(FieldFromFileInterpolated(grid, option, name, usual, FIELD_AS_IT_IS, v));
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
