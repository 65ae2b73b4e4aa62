/* mean_x, ..., var_x, cov_xy, ...: the mean of the density m = int x rho / int rho and its covariance int (x - m)(x - m)^T rho / int rho,
   with places measured in the box: on a periodic axis they are those of the box, too. */
#include <jko/private/energyimpl.h>
#include <jko/private/monitorimpl.h>

/* (x_a - m_a)(x_b - m_b), or x_a where b < 0. */
static PetscErrorCode FillMoment(Monitor monitor, int a, int b, const PetscReal mean[3], Vec v)
{
  PetscInt     start[3], width[3], n;
  PetscScalar *value;

  PetscFunctionBegin;
  PetscCall(GridGetCorners(monitor->grid, start, width));
  PetscCall(VecGetLocalSize(v, &n));
  PetscCall(VecGetArrayWrite(v, &value));
  for (PetscInt i = 0; i < n; i++) {
    const PetscInt at[3] = {start[0] + i % width[0], start[1] + i / width[0] % width[1], start[2] + i / (width[0] * width[1])};
    PetscReal      x, y;

    PetscCall(GridGetCentre(monitor->grid, a, at[a], &x));
    PetscCall(GridGetCentre(monitor->grid, PetscMax(b, 0), at[PetscMax(b, 0)], &y));
    value[i] = b < 0 ? x : (x - mean[a]) * (y - mean[b]);
  }
  PetscCall(VecRestoreArrayWrite(v, &value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorSetUp_Moments(MonitorItem item)
{
  PetscInt dim;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(item->monitor->grid, &dim));
  for (int a = 0; a < dim; a++) PetscCall(MonitorAddColumn(item, "mean_%c", "xyz"[a]));
  for (int a = 0; a < dim; a++) PetscCall(MonitorAddColumn(item, "var_%c", "xyz"[a]));
  for (int a = 0; a < dim; a++)
    for (int b = a + 1; b < dim; b++) PetscCall(MonitorAddColumn(item, "cov_%c%c", "xyz"[a], "xyz"[b]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_Moments(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  Monitor   monitor = item->monitor;
  Vec       log_rho;
  PetscInt  dim, next;
  PetscReal sum, mean[3] = {0};

  PetscFunctionBegin;
  (void)info;
  PetscCall(GridGetDimension(monitor->grid, &dim));
  PetscCall(JKOGetLogDensity(monitor->jko, &log_rho));
  PetscCall(VecSet(monitor->work, 1));
  PetscCall(EnergyPairing(log_rho, monitor->work, &sum));
  for (int a = 0; a < dim; a++) {
    PetscCall(FillMoment(monitor, a, -1, mean, monitor->work));
    PetscCall(EnergyPairing(log_rho, monitor->work, &value[a]));
    value[a] = mean[a] = value[a] / sum;
  }
  next = 2 * dim;
  for (int a = 0; a < dim; a++)
    for (int b = a; b < dim; b++) {
      const PetscInt place = a == b ? dim + a : next++;

      PetscCall(FillMoment(monitor, a, b, mean, monitor->work));
      PetscCall(EnergyPairing(log_rho, monitor->work, &value[place]));
      value[place] /= sum;
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_Moments(MonitorItem item)
{
  PetscFunctionBegin;
  item->ops->setup   = MonitorSetUp_Moments;
  item->ops->measure = MonitorMeasure_Moments;
  PetscFunctionReturn(PETSC_SUCCESS);
}
