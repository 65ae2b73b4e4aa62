/* What a kernel is like once it is set up. */
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>

/*@ KernelGetRadius - cells that the kernel reaches to each side along x, y, z; 0 for an axis of one cell. Sets up. Collective. @*/
PetscErrorCode KernelGetRadius(Kernel kernel, PetscInt radius[3])
{
  PetscFunctionBegin;
  PetscCall(KernelSetUp(kernel));
  PetscCall(PetscArraycpy(radius, kernel->radius, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ KernelGetMemory - bytes of scratch that this rank holds now; applications may add to it. Not collective. @*/
PetscErrorCode KernelGetMemory(Kernel kernel, PetscLogDouble *bytes)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  *bytes = 0;
  if (kernel->setup && kernel->ops->getmemory) PetscCall((*kernel->ops->getmemory)(kernel, bytes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelView - type, eps, sigma/h and radius per axis, scratch memory summed over the ranks.

  Collective.
@*/
PetscErrorCode KernelView(Kernel kernel, PetscViewer viewer)
{
  MPI_Comm       comm;
  PetscBool      ascii;
  PetscLogDouble bytes, total;
  PetscReal      sigma;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  comm = PetscObjectComm((PetscObject)kernel);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(comm, &viewer));
  PetscCall(PetscObjectTypeCompare((PetscObject)viewer, PETSCVIEWERASCII, &ascii));
  if (!ascii) PetscFunctionReturn(PETSC_SUCCESS);
  if (!kernel->setup) {
    PetscCall(PetscViewerASCIIPrintf(viewer, "kernel: not set up\n"));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KernelGetSigma(kernel, &sigma));
  PetscCall(KernelGetMemory(kernel, &bytes));
  PetscCallMPI(MPI_Allreduce(&bytes, &total, 1, MPIU_PETSCLOGDOUBLE, MPI_SUM, comm));
  PetscCall(PetscViewerASCIIPrintf(viewer, "kernel: %s, eps = %g, sigma = %g", ((PetscObject)kernel)->type_name, (double)kernel->epsilon,
                                   (double)sigma));
  PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_FALSE));
  for (PetscInt a = 0; a < kernel->grid->dim; a++)
    PetscCall(PetscViewerASCIIPrintf(viewer, ", %c: sigma/h = %.3g, radius %" PetscInt_FMT " cells", "xyz"[a],
                                     (double)(sigma / kernel->grid->h[a]), kernel -> radius[a]));
  PetscCall(PetscViewerASCIIPrintf(viewer, ", scratch %.1f MiB\n", total / 1048576));
  PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_TRUE));
  if (kernel->ops->view) PetscCall((*kernel->ops->view)(kernel, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
