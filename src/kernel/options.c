/* The kernel from the command line. */
#include <jko/private/kernelimpl.h>

/*@
  KernelSetFromOptions - reads the kernel's options.

  Collective. Errors: an unknown type, a truncation out of range.

  Options:
+ -kernel_type gaussian|heat - the type; heat goes round obstacles and is taken where there are some
- -kernel_truncation t - radius of the Gaussian in sigma, 5 to 20 (default 7)
@*/
PetscErrorCode KernelSetFromOptions(Kernel kernel)
{
  char      type[64];
  PetscReal truncation;
  PetscBool set;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  truncation = kernel->truncation;
  PetscCall(KernelSetUsualType(kernel));
  PetscCall(PetscStrncpy(type, ((PetscObject)kernel)->type_name, sizeof type));
  PetscObjectOptionsBegin((PetscObject)kernel);
  PetscCall(PetscOptionsFList("-kernel_type", "Type of the transport kernel: gaussian, or heat, which goes round obstacles",
                              "KernelSetType", KernelList, type, type, sizeof type, &set));
  if (set) PetscCall(KernelSetType(kernel, type));
  PetscCall(PetscOptionsReal("-kernel_truncation", "Radius of the Gaussian kernel in sigma", "KernelSetTruncation", truncation, &truncation,
                             &set));
  if (set) PetscCall(KernelSetTruncation(kernel, truncation));
  if (kernel->ops->setfromoptions) PetscCall((*kernel->ops->setfromoptions)(kernel, PetscOptionsObject));
  PetscOptionsEnd();
  PetscFunctionReturn(PETSC_SUCCESS);
}
