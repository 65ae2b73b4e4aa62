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

/* Adds " part + part + ..." */
static PetscErrorCode AddTerms(Energy energy, char text[], size_t length)
{
  char part[256];

  PetscFunctionBegin;
  for (PetscInt i = 0; i < energy->count; i++) {
    PetscUseTypeMethod(energy->term[i], equation, part, sizeof part);
    PetscCall(PetscStrlcat(text, i ? " + " : " ", length));
    PetscCall(PetscStrlcat(text, part, length));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds a text with every word "rho" replaced by another. */
static PetscErrorCode AddRenamed(const char from[], const char name[], char text[], size_t length)
{
  const char *found;

  PetscFunctionBegin;
  while ((found = strstr(from, "rho"))) {
    char   piece[2048];
    size_t n = PetscMin((size_t)(found - from) + 1, sizeof piece);

    PetscCall(PetscStrncpy(piece, from, n));
    PetscCall(PetscStrlcat(text, piece, length));
    PetscCall(PetscStrlcat(text, name, length));
    from = found + 3;
  }
  PetscCall(PetscStrlcat(text, from, length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "d/dt rho_a = ... + div(rho_a grad P)  for each species; s = rho_a + rho_b and div(s grad P) = ..." */
static PetscErrorCode EquationOfSpecies(Energy energy, char text[], size_t length)
{
  char part[2048], name[128], sum[1024] = "";

  PetscFunctionBegin;
  text[0] = 0;
  for (PetscInt k = 0; k < energy->species; k++) {
    const Energy own = energy->own[k];

    PetscCall(PetscSNPrintf(name, sizeof name, "rho_%s", ((PetscObject)own)->name));
    PetscCall(PetscStrlcat(sum, k ? " + " : "", sizeof sum));
    PetscCall(PetscStrlcat(sum, name, sizeof sum));
    PetscCall(PetscStrncpy(part, k ? "; d/dt rho =" : "d/dt rho =", sizeof part));
    PetscCall(AddTerms(own, part, sizeof part));
    if (energy->count) PetscCall(PetscStrlcat(part, own->count ? " + div(rho grad P)" : " div(rho grad P)", sizeof part));
    if (!energy->count && !own->count) PetscCall(PetscStrlcat(part, " 0", sizeof part));
    PetscCall(AddRenamed(part, name, text, length));
  }
  if (!energy->count) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(part, sizeof part, "; s = %s, div(s grad P) =", sum));
  PetscCall(PetscStrlcat(text, part, length));
  part[0] = 0;
  PetscCall(AddTerms(energy, part, sizeof part));
  PetscCall(AddRenamed(part, "s", text, length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ViewTerms(Energy energy, PetscViewer viewer)
{
  PetscFunctionBegin;
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

/*@C
  EnergyGetEquation - the equation as text, e.g. "d/dt rho = 0.1 Laplace(rho) + div(rho grad V)"; cut at `length` characters.

  Not collective.
@*/
PetscErrorCode EnergyGetEquation(Energy energy, char text[], size_t length)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(text, 2);
  if (energy->species) {
    PetscCall(EquationOfSpecies(energy, text, length));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(PetscStrncpy(text, energy->count ? "d/dt rho =" : "d/dt rho = 0", length));
  PetscCall(AddTerms(energy, text, length));
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
  if (energy->species && energy->count) PetscCall(PetscViewerASCIIPrintf(viewer, "of the sum s of the densities:\n"));
  PetscCall(ViewTerms(energy, viewer));
  for (PetscInt k = 0; k < energy->species; k++) {
    PetscCall(PetscViewerASCIIPrintf(viewer, "of species %s:\n", ((PetscObject)energy->own[k])->name));
    PetscCall(ViewTerms(energy->own[k], viewer));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
