/* The equation of the flow in plain text:  d/dt rho = div(rho grad F'(rho)),  term by term. */
#include <jko/private/energyimpl.h>

/* "" for 1, "0.1 " for 0.1: what stands in front of an operator. */
PetscErrorCode EnergyTermCoefficientText(PetscReal coefficient, char text[], size_t length)
{
  PetscFunctionBegin;
  if (coefficient == 1)
    text[0] = 0;
  else
    PetscCall(PetscSNPrintf(text, length, "%.6g ", (double)coefficient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergyGetEquation - the equation as text, e.g. "d/dt rho = 0.1 Laplace(rho) + div(rho grad V)"; cut at `length` characters.

  Not collective.
@*/
PetscErrorCode EnergyGetEquation(Energy energy, char text[], size_t length)
{
  char part[256];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscValidCharPointer(text, 2);
  PetscCall(PetscStrncpy(text, energy->count ? "d/dt rho =" : "d/dt rho = 0", length));
  for (PetscInt i = 0; i < energy->count; i++) {
    PetscUseTypeMethod(energy->term[i], equation, part, sizeof part);
    PetscCall(PetscStrlcat(text, i ? " + " : " ", length));
    PetscCall(PetscStrlcat(text, part, length));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyView - the equation, then a line per term.

  Collective.
@*/
PetscErrorCode EnergyView(Energy energy, PetscViewer viewer)
{
  PetscBool ascii;
  char      equation[2048];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)energy), &viewer));
  PetscCall(PetscObjectTypeCompare((PetscObject)viewer, PETSCVIEWERASCII, &ascii));
  if (!ascii) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyGetEquation(energy, equation, sizeof equation));
  PetscCall(PetscViewerASCIIPrintf(viewer, "energy: %s\n", equation));
  PetscCall(PetscViewerASCIIPushTab(viewer));
  for (PetscInt i = 0; i < energy->count; i++) {
    const PetscObject term = (PetscObject)energy->term[i];

    PetscCall(PetscViewerASCIIPrintf(viewer, "%s (%s): ", term->name, term->type_name));
    PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_FALSE));
    PetscUseTypeMethod(energy->term[i], view, viewer);
    PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_TRUE));
  }
  PetscCall(PetscViewerASCIIPopTab(viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}
