/* The obstacles of a grid, from an expression or a file: walls where it is positive. */
#include <jko/private/fieldimpl.h>
#include <jko/private/optionsimpl.h>

#define OBSTACLE_TEXT 4096

const JKOOption FieldObstacleOptions[] = {
    {"-grid_obstacle", JKO_OPTION_EXPRESSION, JKO_OPTION_DEFINES, NULL, .words = "walls wall mask obstacles", .setter = "GridSetWalls",
     .help = "Walls where this expression in x, y, z, r is positive"},
    {"-grid_obstacle_file", JKO_OPTION_FILE, JKO_OPTION_DEFINES, NULL, .words = "walls wall mask obstacles", .setter = "GridSetWalls",
     .help = "Walls where this field is positive, FILE[:dataset]"},
    {"-grid_obstacle_interpolate", JKO_OPTION_BOOL, JKO_OPTION_DEFINES, "false", .setter = "GridSetWalls",
     .help = "Whether that file may have cells of its own; a cell with part of a wall is one"},
    {NULL}};

/*@
  FieldReadObstacle - gives a grid that is set up the walls that the options ask for.

  Collective. Errors: both options, an expression or a file that cannot be read, walls everywhere.

  Options:
+ -grid_obstacle "expression" - walls where it is positive, in x, y, z, r
. -grid_obstacle_file FILE[:dataset] - walls where the dataset (default `wall`) is positive, axis order z, y, x
- -grid_obstacle_interpolate - takes a file of another grid, box or resolution
@*/
PetscErrorCode FieldReadObstacle(Grid grid)
{
  char      expression[OBSTACLE_TEXT] = "", file[PETSC_MAX_PATH_LEN] = "";
  PetscBool by_expression, by_file, interpolate = PETSC_FALSE;
  Vec       level;

  PetscFunctionBegin;
  PetscOptionsBegin(PetscObjectComm((PetscObject)grid), ((PetscObject)grid)->prefix, "Obstacles (Grid) options", "Grid");
  PetscCall(JKOOptionsText(PetscOptionsObject, FieldObstacleOptions, "-grid_obstacle", expression, sizeof expression, &by_expression));
  PetscCall(JKOOptionsText(PetscOptionsObject, FieldObstacleOptions, "-grid_obstacle_file", file, sizeof file, &by_file));
  PetscCall(JKOOptionsBool(PetscOptionsObject, FieldObstacleOptions, "-grid_obstacle_interpolate", &interpolate, NULL));
  PetscOptionsEnd();
  PetscCheck(!by_expression || !by_file, PetscObjectComm((PetscObject)grid), JKO_ERR_INPUT,
             "-grid_obstacle and -grid_obstacle_file are both given; give one of them");
  PetscCheck(!interpolate || by_file, PetscObjectComm((PetscObject)grid), JKO_ERR_INPUT,
             "-grid_obstacle_interpolate: there is nothing to interpolate without a file; give -grid_obstacle_file");
  if (!by_expression && !by_file) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(GridCreateVector(grid, &level));
  if (by_expression)
    PetscCall(FieldFromExpression(grid, "-grid_obstacle", expression, FIELD_TIMELESS, level));
  else
    PetscCall(FieldFromFileInterpolated(grid, "-grid_obstacle_file", file, "wall", interpolate ? FIELD_WALLS : FIELD_AS_IT_IS, level));
  PetscCall(GridSetWalls(grid, level));
  PetscCall(VecDestroy(&level));
  PetscFunctionReturn(PETSC_SUCCESS);
}
