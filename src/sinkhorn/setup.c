/* What a step solver works with: its vectors, and of each solve lambda, theta and the masses. */
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

/*@
  SinkhornSetUp - creates the work vectors. Collective. Errors: no kernel, no energy, or different grids.
@*/
PetscErrorCode SinkhornSetUp(Sinkhorn s)
{
  MPI_Comm  comm;
  Grid      grid, other;
  PetscInt  width[3];
  PetscBool local;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  if (s->setup) PetscFunctionReturn(PETSC_SUCCESS);
  comm = PetscObjectComm((PetscObject)s);
  PetscCheck(s->kernel, comm, PETSC_ERR_ORDER, "call SinkhornSetKernel() first");
  PetscCheck(s->energy, comm, PETSC_ERR_ORDER, "call SinkhornSetEnergy() first");
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(EnergyGetGrid(s->energy, &other));
  PetscCheck(grid == other, comm, PETSC_ERR_ARG_INCOMP, "kernel and energy live on different grids");
  PetscCall(EnergySetUp(s->energy));
  PetscCall(GridGetCellVolume(grid, &s->volume));
  PetscCall(GridGetCorners(grid, NULL, width));
  s->cells = width[0] * width[1] * width[2];
  PetscCall(EnergyCreateVector(s->energy, &s->beta));
  for (Vec *v[] = {&s->alpha, &s->lp, &s->u, &s->scale, &s->x, &s->f, NULL}, **p = v; *p; p++) PetscCall(VecDuplicate(s->beta, *p));
  PetscCall(EnergyIsLocal(s->energy, &local));
  if (!local) PetscCall(VecDuplicate(s->beta, &s->log_q));
  PetscCall(SinkhornSetUpType(s));
  s->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u of a species, and the sum of its density over the cells of this rank. */
static void SinkhornBeginPart(PetscInt n, const PetscScalar l[], PetscScalar u[], Sum *sum)
{
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                 = PetscMin(ENERGY_CHUNK, n - i);
    double         rho[ENERGY_CHUNK] = {0};

    EnergyExp(m, 1, l + i, rho);
    for (PetscInt j = i; j < i + m; j++) u[j] = PetscMax(l[j], SINKHORN_LOG_FLOOR);
    SumAdd(sum, ENERGY_CHUNK, rho);
  }
}

/* What this solve works with: lambda, theta, the mass, and rho_k as the guess of the prox: nothing of the solve before, so that a step
   depends on its arguments alone. Refuses what cannot be solved. */
PetscErrorCode SinkhornBegin(Sinkhorn s, PetscReal tau, Vec log_rho)
{
  const PetscScalar *l;
  PetscScalar       *u;
  PetscReal          epsilon;
  Sum                sums[ENERGY_MAX_SPECIES] = {{{0}, {0}}};
  PetscInt           parts;

  PetscFunctionBegin;
  PetscCall(SinkhornSetUp(s));
  PetscCheck(tau > 0, PetscObjectComm((PetscObject)s), PETSC_ERR_ARG_OUTOFRANGE, "time step %g is not positive", (double)tau);
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  s->lambda      = 2 * tau / epsilon;
  s->theta       = s->compensate ? 0.5 : 1;
  s->log_rho     = log_rho;
  s->iterations  = 0;
  s->interrupted = PETSC_FALSE;
  ProgressBegin(&s->progress);
  PetscCall(EnergyGetSpeciesCount(s->energy, &parts));
  PetscCall(VecGetArrayRead(log_rho, &l));
  PetscCall(VecGetArrayWrite(s->u, &u));
  for (PetscInt k = 0; k < parts; k++) SinkhornBeginPart(s->cells, l + k * s->cells, u + k * s->cells, &sums[k]);
  PetscCall(VecRestoreArrayWrite(s->u, &u));
  PetscCall(VecRestoreArrayRead(log_rho, &l));
  PetscCall(EnergyRefresh(s->energy, ENERGY_REFRESH_LAGGED, log_rho));
  PetscCall(EnergyForget(s->energy));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), parts, sums, s->sum));
  s->sum_rho = 0;
  for (PetscInt k = 0; k < parts; k++) {
    PetscCheck(PetscIsNormalReal(s->sum[k]), PetscObjectComm((PetscObject)s), PETSC_ERR_ARG_WRONG, "the density has mass %g",
               (double)s->sum[k]);
    s->sum_rho += s->sum[k];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
