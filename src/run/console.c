/* One line per state on the console. */
#include <petsctime.h>
#include <jko/private/runimpl.h>

static PetscErrorCode FormatDuration(PetscReal seconds, char text[], size_t length)
{
  const long s = (long)PetscMin(seconds + 0.5, 3.6e8);

  PetscFunctionBegin;
  if (s >= 3600)
    PetscCall(PetscSNPrintf(text, length, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60));
  else
    PetscCall(PetscSNPrintf(text, length, "%ld:%02ld", s / 60, s % 60));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says once that the grid, not -jko_epsilon_ratio, decides eps. Collective. */
static PetscErrorCode SayFloor(Run run, const JKOStepInfo *info)
{
  PetscBool binds;
  PetscReal least;
  Kernel    kernel;

  PetscFunctionBegin;
  PetscCall(JKOGetFloorBinds(run->jko, &binds));
  if (!binds || run->floor_said) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOGetKernel(run->jko, &kernel));
  PetscCall(KernelGetResolution(kernel, &least));
  run->floor_said = PETSC_TRUE;
  PetscCall(
      PetscPrintf(PetscObjectComm((PetscObject)run),
                  "eps raised to %.6g, the least that the grid resolves (sigma = %g cells); a finer grid or a larger -jko_dt lifts this\n",
                  (double)info->epsilon, (double)least));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* RunConsole - step, time, dt, iterations, residual, energy, divergence (with a target), W2/dt, rejected attempts, seconds per step,
   percentage and the time that is left. Collective. */
PetscErrorCode RunConsole(Run run, const JKOStepInfo *info, const PetscReal *kl)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)run);
  PetscLogDouble now;
  PetscReal      fraction, done;
  char           divergence[32] = "", rejected[32] = "", left[32];

  PetscFunctionBegin;
  PetscCall(SayFloor(run, info));
  if (kl) PetscCall(PetscSNPrintf(divergence, sizeof divergence, "  KL %.4e", (double)*kl));
  if (info->step == run->first) {
    PetscCall(PetscPrintf(comm, "step %5" PetscInt_FMT "  t %-10.5g%*sF %+.8e%s\n", info->step, (double)info->time, 45, "",
                          (double)info->energy, divergence));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (info->rejected) PetscCall(PetscSNPrintf(rejected, sizeof rejected, "  rejected %" PetscInt_FMT, info->rejected));
  PetscCall(PetscTime(&now));
  PetscCall(RunGetFraction(run, &fraction));
  done = PetscMax(fraction - run->started_at, PETSC_SMALL);
  PetscCall(FormatDuration((PetscReal)(now - run->started) * PetscMax(1 - fraction, 0) / done, left, sizeof left));
  PetscCall(PetscPrintf(comm,
                        "step %5" PetscInt_FMT "  t %-10.5g  dt %-9.3g  its %4" PetscInt_FMT
                        "  residual %.1e  F %+.8e%s  W2/dt %.3e%s  %.3g s  %.0f%%  ETA %s\n",
                        info->step, (double)info->time, (double)info->dt, info->iterations, (double)info->residual, (double)info->energy,
                        divergence, (double)(info->w2 / info->dt), rejected, info->wall, 100 * (double)PetscMin(fraction, 1), left));
  PetscFunctionReturn(PETSC_SUCCESS);
}
