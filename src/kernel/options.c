/* The kernel from the command line. */
#include <jko/private/kernelimpl.h>
#include <jko/private/optionsimpl.h>

const JKOOption KernelOptions[] = {
    {"-kernel_type", JKO_OPTION_WORD, JKO_OPTION_TUNES, NULL, .setter = "KernelSetType",
     .help = "Type of the transport kernel: gaussian, or heat, which goes round obstacles and is taken where there are some"},
    {"-kernel_truncation", JKO_OPTION_REAL, JKO_OPTION_TUNES, "7", .unit = "sigma", .words = "radius cutoff",
     .setter = "KernelSetTruncation", .help = "Radius of the Gaussian kernel"},
    {NULL}};

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
  PetscCall(KernelSetUsualType(kernel));
  PetscObjectOptionsBegin((PetscObject)kernel);
  PetscCall(JKOOptionsText(PetscOptionsObject, KernelOptions, "-kernel_type", type, sizeof type, &set));
  if (set) PetscCall(KernelSetType(kernel, type));
  PetscCall(JKOOptionsReal(PetscOptionsObject, KernelOptions, "-kernel_truncation", &truncation, &set));
  if (set) PetscCall(KernelSetTruncation(kernel, truncation));
  if (kernel->ops->setfromoptions) PetscCall((*kernel->ops->setfromoptions)(kernel, PetscOptionsObject));
  PetscOptionsEnd();
  PetscFunctionReturn(PETSC_SUCCESS);
}
