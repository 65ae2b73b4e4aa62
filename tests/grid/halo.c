/* The halo along an axis brings, to every position of the window, the layer that the boundary continues the grid with. */
#include "../support/harness.h"
#include <jko/private/halo.h>

static PetscInt Image(PetscInt j, PetscInt n, GridBoundary boundary)
{
  while (j < 0 || j >= n) {
    if (boundary == GRID_PERIODIC)
      j = j < 0 ? j + n : j - n;
    else
      j = j < 0 ? -1 - j : 2 * n - 1 - j;
  }
  return j;
}

/* Layers carry their global index and the rank's line, twice; the window must show the right ones. */
static int WindowIsRight(Grid grid, PetscInt axis, PetscInt radius)
{
  Halo             halo;
  PetscInt         n[3], start[3], width[3], count, ghosts, right = 1;
  const PetscInt  *layer, *map;
  GridBoundary     boundary[3];
  PetscReal       *send;
  const PetscReal *ghost;

  GridGetSizes(grid, n);
  GridGetCorners(grid, start, width);
  GridGetBoundary(grid, boundary);
  assert_ok(HaloCreate(grid, axis, radius, &halo));
  const PetscReal line = 1 + start[(axis + 1) % 3] + 1000 * start[(axis + 2) % 3];

  for (PetscInt round = 1; round <= 2; round++) { /* twice: a halo is used again and again */
    assert_ok(HaloBegin(halo, 2, &send));
    assert_ok(HaloGetSendLayers(halo, &count, &layer));
    for (PetscInt k = 0; k < count; k++) send[2 * k] = (start[axis] + layer[k]) * round, send[2 * k + 1] = line;
    assert_ok(HaloSend(halo));
    assert_ok(HaloEnd(halo, &ghost));
    assert_ok(HaloGetMap(halo, &ghosts, &map));
    for (PetscInt j = 0; j < width[axis] + 2 * radius; j++) {
      const PetscInt expected = Image(start[axis] + j - radius, n[axis], boundary[axis]), g = map[j] - width[axis];

      if (g < 0)
        right = right && start[axis] + map[j] == expected;
      else
        right = right && g < ghosts && ghost[2 * g] == expected * round && ghost[2 * g + 1] == line;
    }
    right = right && ghosts <= n[axis] - width[axis];
  }
  assert_ok(HaloDestroy(&halo));
  return right;
}

static void windows_show_the_continued_grid(void **state)
{
  const PetscInt  n[3]     = {11, 9, 7};
  const PetscReal lower[3] = {0, 0, 0}, upper[3] = {1, 1, 1};
  const PetscInt  radius[5] = {0, 1, 4, 13, 40};

  (void)state;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (PetscInt type = 0; type < 2; type++) {
      const GridBoundary boundary[3] = {(GridBoundary)type, (GridBoundary)type, (GridBoundary)type};
      Grid               grid;

      assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
      assert_ok(GridSetSizes(grid, dim, n));
      assert_ok(GridSetBox(grid, lower, upper));
      assert_ok(GridSetBoundary(grid, boundary));
      assert_ok(GridSetUp(grid));
      for (PetscInt axis = 0; axis < 3; axis++)
        for (PetscInt r = 0; r < 5; r++) assert_all(WindowIsRight(grid, axis, radius[r]));
      assert_ok(GridDestroy(&grid));
    }
}

JKO_TESTS(JKO_TEST(windows_show_the_continued_grid))
