/* A field that goes to a file and comes back is the same to the last bit; a file that does not hold it is refused in one line. */
#include "../support/harness.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own for each test, known to all ranks. */
static char folder[64], path[128];

static const char *FileName(const char name[])
{
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static int Rank(void)
{
  int rank;

  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  return rank;
}

static int MakeFolder(void **state)
{
  (void)state;
  snprintf(folder, sizeof folder, "%s/jko-test-%ld", P_tmpdir, (long)getpid());
  if (!Rank() && mkdir(folder, 0700)) return 1;
  (void)MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, PETSC_COMM_WORLD);
  return 0;
}

static int RemoveFolder(void **state)
{
  char command[128];

  (void)state;
  (void)MPI_Barrier(PETSC_COMM_WORLD);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return Rank() ? 0 : system(command);
}

static Grid MakeGrid(PetscInt dim, PetscInt nx, PetscInt ny, PetscInt nz)
{
  Grid           grid;
  const PetscInt n[3] = {nx, ny, nz};

  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_ok(GridSetSizes(grid, dim, n));
  assert_ok(GridSetUp(grid));
  return grid;
}

static void Fill(Grid grid, Vec v)
{
  PetscInt     start[3], width[3], n[3], c = 0;
  PetscScalar *a;

  assert_ok(GridGetSizes(grid, n));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(VecGetArrayWrite(v, &a));
  for (PetscInt k = 0; k < width[2]; k++)
    for (PetscInt j = 0; j < width[1]; j++)
      for (PetscInt i = 0; i < width[0]; i++)
        a[c++] = HarnessRandom(1, (uint64_t)(start[0] + i + n[0] * (start[1] + j + n[1] * (start[2] + k))));
  assert_ok(VecRestoreArrayWrite(v, &a));
}

/* Writes the field of Fill() on such a grid as dataset "density". */
static void Write(Grid grid, const char name[])
{
  const char *const density = "density";
  Vec               v;

  assert_ok(GridCreateVector(grid, &v));
  Fill(grid, v);
  assert_ok(FieldToFile(grid, FileName(name), 1, &density, &v, 0.5, 7));
  assert_ok(VecDestroy(&v));
}

static void a_field_comes_back_bit_for_bit(void **state)
{
  const PetscInt n[3] = {13, 8, 5};

  (void)state;
  for (PetscInt dim = 1; dim <= 3; dim++) {
    Grid grid = MakeGrid(dim, n[0], n[1], n[2]);
    Vec  v, w;

    assert_ok(GridCreateVector(grid, &v));
    assert_ok(GridCreateVector(grid, &w));
    Fill(grid, v);
    Write(grid, "f.h5");
    assert_ok(FieldFromFile(grid, "-density_file", FileName("f.h5"), "density", w));
    assert_within(HarnessDifference(v, w), 0);
    assert_all(access(FileName("f.h5.part"), F_OK));
    assert_ok(VecDestroy(&v));
    assert_ok(VecDestroy(&w));
    assert_ok(GridDestroy(&grid));
  }
}

static long SameBytes(const char one[], const char two[])
{
  char command[256];
  long same = 0;

  snprintf(command, sizeof command, "cmp %s/%s %s/%s", folder, one, folder, two);
  if (!Rank()) same = system(command) == 0;
  (void)MPI_Bcast(&same, 1, MPI_LONG, 0, PETSC_COMM_WORLD);
  return same;
}

static void equal_fields_make_equal_bytes(void **state)
{
  Grid grid = MakeGrid(3, 6, 7, 8);

  (void)state;
  Write(grid, "one.h5");
  sleep(1);
  Write(grid, "two.h5");
  assert_all(SameBytes("one.h5", "two.h5"));
  assert_ok(GridDestroy(&grid));
}

static void Refuse(Grid grid, const char name[], const char text[])
{
  Vec v;

  assert_ok(GridCreateVector(grid, &v));
  assert_refused(FieldFromFile(grid, "-density_file", FileName(name), "density", v), text);
  assert_ok(VecDestroy(&v));
}

static void other_sizes_are_refused_by_name(void **state)
{
  Grid grid = MakeGrid(2, 64, 32, 1), other = MakeGrid(2, 32, 64, 1), line = MakeGrid(1, 64, 1, 1);

  (void)state;
  Write(other, "f.h5");
  Refuse(grid, "f.h5", "f.h5' has 64 x 32 values in dataset 'density', the grid has y=32 x=64");
  Refuse(line, "f.h5", "has 64 x 32 values in dataset 'density', the grid has x=64");
  assert_ok(GridDestroy(&grid));
  assert_ok(GridDestroy(&other));
  assert_ok(GridDestroy(&line));
}

static void a_missing_dataset_lists_what_is_there(void **state)
{
  Grid grid = MakeGrid(2, 6, 5, 1);

  (void)state;
  Write(grid, "f.h5");
  Refuse(grid, "f.h5:rho", "f.h5' holds no dataset 'rho'; it holds density");
  Refuse(grid, "f.h5:a/b", "holds no dataset 'a/b'");
  assert_ok(GridDestroy(&grid));
}

static void the_only_fitting_dataset_is_taken(void **state)
{
  Grid              grid  = MakeGrid(2, 6, 5, 1);
  const char *const other = "rho";
  Vec               v, w;

  (void)state;
  assert_ok(GridCreateVector(grid, &v));
  assert_ok(GridCreateVector(grid, &w));
  Fill(grid, v);
  assert_ok(FieldToFile(grid, FileName("f.h5"), 1, &other, &v, 0, 0));
  assert_ok(FieldFromFile(grid, "-density_file", FileName("f.h5"), "density", w));
  assert_within(HarnessDifference(v, w), 0);
  assert_ok(VecDestroy(&v));
  assert_ok(VecDestroy(&w));
  assert_ok(GridDestroy(&grid));
}

/* Spoils a file: cuts it to `size` bytes, or overwrites it from `from` on. */
static void Spoil(const char name[], const char how[])
{
  char command[256];
  int  status = 0;

  snprintf(command, sizeof command, "cd %s && cp f.h5 %s && %s %s", folder, name, how, name);
  if (!Rank()) status = system(command);
  (void)MPI_Bcast(&status, 1, MPI_INT, 0, PETSC_COMM_WORLD);
  assert_all(status == 0);
}

static void damaged_files_are_refused(void **state)
{
  Grid grid = MakeGrid(2, 40, 30, 1);

  (void)state;
  Write(grid, "f.h5");
  Refuse(grid, "none.h5", "-density_file: '");
  Refuse(grid, "none.h5", "none.h5' is not there");
  Refuse(grid, "", "is not a file");
  Spoil("text.h5", "echo text >");
  Refuse(grid, "text.h5", "text.h5' is not an HDF5 file");
  Spoil("short.h5", "truncate -s 4000");
  Refuse(grid, "short.h5", "short.h5' is damaged");
  Spoil("hole.h5", "dd if=/dev/zero bs=1 seek=96 count=3000 conv=notrunc status=none of=hole.h5 && true");
  Refuse(grid, "hole.h5", "hole.h5' ");
  assert_ok(GridDestroy(&grid));
}

static void values_that_are_not_finite_are_refused(void **state)
{
  Grid              grid    = MakeGrid(1, 20, 1, 1);
  const char *const density = "density";
  Vec               v;

  (void)state;
  assert_ok(GridCreateVector(grid, &v));
  assert_ok(VecSet(v, -INFINITY));
  assert_ok(FieldToFile(grid, FileName("f.h5"), 1, &density, &v, 0, 0));
  Refuse(grid, "f.h5", "-density_file: the value at x=0.025 is -inf");
  assert_ok(VecDestroy(&v));
  assert_ok(GridDestroy(&grid));
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
  Grid              grid    = MakeGrid(1, 20, 1, 1);
  const char *const density = "density";
  Vec               v;

  (void)state;
  assert_ok(GridCreateVector(grid, &v));
  assert_ok(VecSet(v, 1));
  assert_refused(FieldToFile(grid, FileName("no/f.h5"), 1, &density, &v, 0, 0), "no/f.h5' cannot be written");
  assert_ok(VecDestroy(&v));
  assert_ok(GridDestroy(&grid));
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, MakeFolder, RemoveFolder)
JKO_TESTS(FOLDER_TEST(a_field_comes_back_bit_for_bit), FOLDER_TEST(equal_fields_make_equal_bytes),
          FOLDER_TEST(other_sizes_are_refused_by_name), FOLDER_TEST(a_missing_dataset_lists_what_is_there),
          FOLDER_TEST(the_only_fitting_dataset_is_taken), FOLDER_TEST(damaged_files_are_refused),
          FOLDER_TEST(values_that_are_not_finite_are_refused), FOLDER_TEST(a_folder_that_is_not_there_is_an_error))
