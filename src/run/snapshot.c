/* density-NNNNNN.h5, the states that are kept, and flow.xdmf, their series. Of several species density_a, density_b, ..., of one alone the
   density, and beside it, where -output_fields asks for it,

     velocity_x, ...   v = -grad F'(rho), length / time, 0 in empty cells
     potential         -F'(rho), length^2 / time, NaN in empty cells: the Kantorovich potential of the step over dt, up to a constant, since
                       phi/dt + F'(rho_{k+1}) = const is what a JKO step satisfies (Santambrogio, Optimal Transport for Applied
                       Mathematicians, 2015, section 8.2); its gradient is the velocity. */
#include <math.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/runimpl.h>

/* The names of the fields of a snapshot, RUN_MAX_FIELDS at most; how many. */
static PetscErrorCode ListFields(Run run, const char *names[], PetscInt *n)
{
  static const char *const velocity[] = {"velocity_x", "velocity_y", "velocity_z"};
  static char              density[ENERGY_MAX_SPECIES][RUN_SPECIES + 16];
  PetscInt                 dim;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(run->grid, &dim));
  *n = 0;
  for (PetscInt k = 0; k < run->species; k++) {
    PetscCall(RunPartName(run, "density", k, density[k], sizeof density[k]));
    names[(*n)++] = density[k];
  }
  for (PetscInt a = 0; a < PetscMin(dim, 3) && run->output_velocity; a++) names[(*n)++] = velocity[a];
  if (run->output_potential) names[(*n)++] = "potential";
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* -F'(rho), NaN where there is no density. */
static PetscErrorCode FillPotential(Run run, Vec potential)
{
  Vec                log_rho;
  const PetscScalar *u;
  PetscScalar       *p;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(JKOGetLogDensity(run->jko, &log_rho));
  PetscCall(EnergyGetFirstVariation(run->energy, log_rho, potential));
  PetscCall(VecGetLocalSize(potential, &n));
  PetscCall(VecGetArrayRead(log_rho, &u));
  PetscCall(VecGetArray(potential, &p));
  for (PetscInt i = 0; i < n; i++) p[i] = u[i] == -INFINITY ? NAN : -p[i];
  PetscCall(VecRestoreArray(potential, &p));
  PetscCall(VecRestoreArrayRead(log_rho, &u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The series of snapshots that there are. Collective. */
PetscErrorCode RunSnapshotSeries(Run run)
{
  const char *names[RUN_MAX_FIELDS];
  PetscInt    n = 0;

  PetscFunctionBegin;
  PetscCall(ListFields(run, names, &n));
  PetscCall(RunSeriesWrite(run, "flow.xdmf", "density", n, names, &run->series));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunSnapshotWrite - the state at hand as density-NNNNNN.h5, the series that now holds it, and the frames of the film up to it.
   Collective. */
PetscErrorCode RunSnapshotWrite(Run run)
{
  const char *names[RUN_MAX_FIELDS];
  char        path[PETSC_MAX_PATH_LEN];
  PetscInt    step, n = 0, dim = 0;
  PetscReal   time;
  Vec         field[RUN_MAX_FIELDS];

  PetscFunctionBegin;
  PetscCall(JKOGetStepNumber(run->jko, &step));
  PetscCall(JKOGetTime(run->jko, &time));
  PetscCall(GridGetDimension(run->grid, &dim));
  PetscCall(ListFields(run, names, &n));
  PetscCall(JKOGetDensity(run->jko, run->rho));
  for (PetscInt k = 0; k < run->species; k++) PetscCall(GridGetPart(run->grid, run->rho, k, PETSC_FALSE, &field[k]));
  for (PetscInt i = run->species; i < n; i++) PetscCall(GridCreateVector(run->grid, &field[i]));
  if (run->output_velocity) PetscCall(MonitorGetVelocity(run->table, NULL, dim, field + 1));
  if (run->output_potential) PetscCall(FillPotential(run, field[n - 1]));
  PetscCall(RunPath(run, "density", step, path));
  PetscCall(FieldToFile(run->grid, path, n, names, field, time, step));
  for (PetscInt i = run->species; i < n; i++) PetscCall(VecDestroy(&field[i]));
  for (PetscInt k = run->species - 1; k >= 0; k--) PetscCall(GridRestorePart(run->grid, run->rho, PETSC_FALSE, &field[k]));
  PetscCall(RunSeriesAdd(&run->series, step, time));
  run->last_written = step;
  PetscCall(RunSnapshotSeries(run));
  PetscCall(RunFilmAdd(run));
  PetscFunctionReturn(PETSC_SUCCESS);
}
