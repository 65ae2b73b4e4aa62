/* The grid from the command line: -grid_n, -grid_lower, -grid_upper, -grid_boundary, -grid_da_processors_x, _y, _z. */
#include <jko/private/gridimpl.h>
#include <jko/private/optionsimpl.h>

const JKOOption GridOptions[] = {
    {"-grid_n", JKO_OPTION_INTS, JKO_OPTION_FREE, NULL, .unit = "cells", .first = PETSC_TRUE, .words = "size resolution cells nx points",
     .setter = "GridSetSizes", .help = "Cells per axis, nx[,ny[,nz]]; their number is the dimension"},
    {"-grid_lower", JKO_OPTION_REALS, JKO_OPTION_FREE, "0", .unit = "length", .first = PETSC_TRUE, .words = "box domain xmin x_min",
     .setter = "GridSetBox", .help = "Lower corner of the box, one for all axes or one each"},
    {"-grid_upper", JKO_OPTION_REALS, JKO_OPTION_FREE, "1", .unit = "length", .first = PETSC_TRUE, .words = "box domain xmax x_max",
     .setter = "GridSetBox", .help = "Upper corner of the box, one for all axes or one each"},
    {"-grid_boundary", JKO_OPTION_WORDS, JKO_OPTION_FREE, "noflux", .words = "bc boundaries boundary_conditions periodic",
     .setter = "GridSetBoundary", .help = "noflux or periodic, for all axes or one each"},
    {"-grid_da_processors_x", JKO_OPTION_INT, JKO_OPTION_FREE, NULL, .setter = "DMDASetNumProcs", .help = "Ranks that share the axis x"},
    {"-grid_da_processors_y", JKO_OPTION_INT, JKO_OPTION_FREE, NULL, .setter = "DMDASetNumProcs", .help = "Ranks that share the axis y"},
    {"-grid_da_processors_z", JKO_OPTION_INT, JKO_OPTION_FREE, NULL, .setter = "DMDASetNumProcs", .help = "Ranks that share the axis z"},
    {NULL}};

static PetscErrorCode GridReadSizes(Grid grid, JKOOptionItems PetscOptionsObject)
{
  PetscInt  n[4] = {0}, count = 4;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsInts(PetscOptionsObject, GridOptions, "-grid_n", n, &count, &set));
  if (set) PetscCall(GridSetSizes(grid, count, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GridReadBox(Grid grid, JKOOptionItems PetscOptionsObject)
{
  MPI_Comm          comm    = PetscObjectComm((PetscObject)grid);
  const char *const name[2] = {"-grid_lower", "-grid_upper"};
  PetscReal         corner[2][4];

  PetscFunctionBegin;
  for (PetscInt side = 0; side < 2; side++) {
    PetscInt  count = 4;
    PetscBool set;

    PetscCall(PetscArraycpy(corner[side], side ? grid->upper : grid->lower, 3));
    PetscCall(JKOOptionsReals(PetscOptionsObject, GridOptions, name[side], corner[side], &count, &set));
    PetscCheck(!set || !grid->dim || count == 1 || count == grid->dim, comm, JKO_ERR_INPUT,
               "%s: %" PetscInt_FMT " values given for a grid of dimension %" PetscInt_FMT "; give one for all axes, or one each",
               name[side], count, grid->dim);
    if (set && count == 1) corner[side][1] = corner[side][2] = corner[side][0];
  }
  PetscCall(GridSetBox(grid, corner[0], corner[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GridReadBoundary(Grid grid, JKOOptionItems PetscOptionsObject)
{
  MPI_Comm     comm = PetscObjectComm((PetscObject)grid);
  char        *word[4];
  PetscInt     count = 4;
  GridBoundary boundary[3];
  PetscBool    set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsWords(PetscOptionsObject, GridOptions, "-grid_boundary", word, &count, &set));
  if (!set) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(!grid->dim || count == 1 || count == grid->dim, comm, JKO_ERR_INPUT,
             "-grid_boundary: %" PetscInt_FMT " values given for a grid of dimension %" PetscInt_FMT "; give one for all axes, or one each",
             count, grid->dim);
  for (PetscInt a = 0; a < count && a < 3; a++) {
    PetscInt  type;
    PetscBool found;

    PetscCall(PetscEListFind(2, GridBoundaries, word[a], &type, &found));
    PetscCheck(found, comm, JKO_ERR_INPUT, "-grid_boundary: '%s' is not known; use noflux or periodic", word[a]);
    boundary[a] = (GridBoundary)type;
  }
  if (count == 1) boundary[1] = boundary[2] = boundary[0];
  for (PetscInt a = 0; a < count; a++) PetscCall(PetscFree(word[a]));
  PetscCall(GridSetBoundary(grid, boundary));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GridReadRanks(Grid grid, JKOOptionItems PetscOptionsObject)
{
  const char *const name[3] = {"-grid_da_processors_x", "-grid_da_processors_y", "-grid_da_processors_z"};

  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) {
    PetscBool set;

    PetscCall(JKOOptionsInt(PetscOptionsObject, GridOptions, name[a], &grid->ranks[a], &set));
    PetscCheck(!set || grid->ranks[a] >= 1, PetscObjectComm((PetscObject)grid), JKO_ERR_INPUT,
               "%s: %" PetscInt_FMT " given; at least 1 is needed", name[a], grid->ranks[a]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How PETSc exchanges what cells need of others: types that carry one pattern only cannot. */
static PetscErrorCode GridCheckExchange(Grid grid)
{
  static const char *const able[] = {"basic", "neighbor", "alltoall"};
  char                     type[64];
  PetscBool                set, same, known = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetString(((PetscObject)grid)->options, NULL, "-sf_type", type, sizeof type, &set));
  for (size_t i = 0; i < sizeof able / sizeof *able && set; i++) {
    PetscCall(PetscStrcmp(type, able[i], &same));
    known = (PetscBool)(known || same);
  }
  PetscCheck(known || !set, PetscObjectComm((PetscObject)grid), JKO_ERR_INPUT,
             "-sf_type: '%s' cannot exchange the cells of a grid; use basic or neighbor", type);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridSetFromOptions - reads the grid from the options database.

  Collective. Errors: values out of range, or a number of values that is neither one nor the dimension.

  Options:
+ -grid_n nx[,ny[,nz]] - cells per axis
. -grid_lower x[,y[,z]] - lower corner, length
. -grid_upper x[,y[,z]] - upper corner, length
. -grid_boundary noflux|periodic[,...] - per axis, or one for all
- -grid_da_processors_x, _y, _z - ranks that share the axis
@*/
PetscErrorCode GridSetFromOptions(Grid grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCall(GridCheckExchange(grid));
  PetscObjectOptionsBegin((PetscObject)grid);
  PetscCall(GridReadSizes(grid, PetscOptionsObject));
  PetscCall(GridReadBox(grid, PetscOptionsObject));
  PetscCall(GridReadBoundary(grid, PetscOptionsObject));
  PetscCall(GridReadRanks(grid, PetscOptionsObject));
  PetscOptionsEnd();
  PetscFunctionReturn(PETSC_SUCCESS);
}
