/* From grid, eps and truncation to a plan of the application. */
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>

/*@
  KernelSetUp - plans the application; KernelApply() and KernelApplyLog() call it when needed.

  Collective. Errors: no grid, no eps, an eps that the grid cannot resolve (below sigma = 0.8 h the sampled Gaussian aliases), or a type
  that does not go round the walls of the grid.
@*/
PetscErrorCode KernelSetUp(Kernel kernel)
{
  MPI_Comm  comm;
  PetscReal floor;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  if (kernel->setup) PetscFunctionReturn(PETSC_SUCCESS);
  comm = PetscObjectComm((PetscObject)kernel);
  PetscCheck(kernel->grid, comm, PETSC_ERR_ORDER, "call KernelSetGrid() before KernelSetUp()");
  PetscCheck(kernel->epsilon > 0, comm, PETSC_ERR_ORDER, "call KernelSetEpsilon() before KernelSetUp()");
  PetscCall(KernelGetEpsilonFloor(kernel, &floor));
  PetscCheck(kernel->rounds || !kernel->grid->wall, comm, JKO_ERR_INPUT,
             "-kernel_type: %s does not go round obstacles; use %s, which is taken without the option", ((PetscObject)kernel)->type_name,
             KERNELHEAT);
  PetscCheck(kernel->epsilon >= floor * (1 - 100 * PETSC_MACHINE_EPSILON), comm, JKO_ERR_INPUT,
             "-jko_epsilon: %g is too small for this grid, whose cells need at least %g (sigma = sqrt(eps/2) >= %g cell widths)",
             (double)kernel->epsilon, (double)floor, (double)kernel->least);
  PetscCall((*kernel->ops->setup)(kernel));
  kernel->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
