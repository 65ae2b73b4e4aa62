/* PETSc may be started and ended more than once in a program: each time every class works, and gives the same. */
#include <stdlib.h>
#include <unistd.h>
#include "../support/harness.h"

/* Every class: schemes, solvers, a convolution, files, distances. */
static const char Options[] = "-grid_n 32,32 -density exp(-20*((x-0.4)^2+(y-0.5)^2)) -energy_terms entropy,potential,interaction "
                              "-energy_potential x^2 -energy_interaction exp(0-r^2) -jko_type extrapolated -jko_dt 1e-2 -jko_max_steps 2 "
                              "-sinkhorn_type elliptic -monitor_target 1+x -monitor_w2_interval 1 -jko_monitor quiet "
                              "-checkpoint_interval 1 -output_overwrite";

static PetscReal Energies[2];
static char      Folder[] = "/tmp/jko-twice-XXXXXX";
static int       Round;

static void a_flow_runs_from_its_options_to_its_files_as_it_did_before(void **state)
{
  Run                run;
  JKO                jko;
  const JKOStepInfo *info;
  int                status = 1;

  (void)state;
  assert_ok(PetscOptionsInsertString(NULL, Options));
  assert_ok(PetscOptionsSetValue(NULL, "-output", Folder));
  assert_ok(RunCreate(PETSC_COMM_WORLD, &run));
  assert_ok(RunSetFromOptions(run));
  assert_ok(RunSetUp(run));
  assert_ok(RunExecute(run));
  assert_ok(RunGetExitStatus(run, &status));
  assert_all(status == 0);
  assert_ok(RunGetJKO(run, &jko));
  assert_ok(JKOGetStepInfo(jko, &info));
  Energies[Round] = info->energy;
  assert_all(info->step == 2 && info->energy == Energies[0]);
  assert_ok(RunDestroy(&run));
}

/* The folder, the same on every rank. Its files are removed with it. */
static int Surround(int argc, char *argv[], const struct CMUnitTest tests[], size_t count)
{
  char remove[sizeof Folder + 16];
  int  rank, failed = 0;

  if (MPI_Init(&argc, &argv)) return 1;
  (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (!rank && !mkdtemp(Folder)) return 1;
  (void)MPI_Bcast(Folder, sizeof Folder, MPI_CHAR, 0, MPI_COMM_WORLD);
  for (Round = 0; Round < 2; Round++) failed |= HarnessMain(argc, argv, tests, count);
  (void)snprintf(remove, sizeof remove, "rm -r %s", Folder);
  if (!rank) failed |= system(remove);
  (void)MPI_Finalize();
  return failed;
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest tests[] = {JKO_TEST(a_flow_runs_from_its_options_to_its_files_as_it_did_before)};

  return Surround(argc, argv, tests, sizeof tests / sizeof *tests);
}
