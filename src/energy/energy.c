/* The energy  F(rho) = sum_i F_i(rho)  of the flow  d/dt rho = div(rho grad F'(rho)),  F' the first variation
   (Jordan, Kinderlehrer, Otto 1998). Terms are types of their own, in impls/; here they are collected and set up. */
#include <jko/private/energyimpl.h>
#include <jko/private/sysimpl.h>

PetscClassId             ENERGY_CLASSID = 0, ENERGYTERM_CLASSID = 0;
PetscLogEvent            Energy_Prox, Energy_React, Energy_Value;
static PetscFunctionList EnergyTypes           = NULL;
static PetscBool         EnergyPackageIsLoaded = PETSC_FALSE;

#define ENERGY_TYPE(name, constructor) PETSC_INTERN PetscErrorCode constructor(EnergyTerm);
#include "energytypes.h"
#undef ENERGY_TYPE

static PetscErrorCode EnergyFinalizePackage(void)
{
  PetscFunctionBegin;
  PetscCall(PetscFunctionListDestroy(&EnergyTypes));
  EnergyPackageIsLoaded = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyInitializePackage(void)
{
  PetscFunctionBegin;
  if (EnergyPackageIsLoaded) PetscFunctionReturn(PETSC_SUCCESS);
  EnergyPackageIsLoaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Energy", &ENERGY_CLASSID));
  PetscCall(PetscClassIdRegister("Energy term", &ENERGYTERM_CLASSID));
  PetscCall(PetscLogEventRegister("EnergyProx", ENERGY_CLASSID, &Energy_Prox));
  PetscCall(PetscLogEventRegister("EnergyReact", ENERGY_CLASSID, &Energy_React));
  PetscCall(PetscLogEventRegister("EnergyValue", ENERGY_CLASSID, &Energy_Value));
#define ENERGY_TYPE(name, constructor) PetscCall(PetscFunctionListAdd(&EnergyTypes, name, constructor));
#include "energytypes.h"
#undef ENERGY_TYPE
  PetscCall(PetscRegisterFinalize(EnergyFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergyRegister - adds a type of energy; `create` fills the ops, the data and, for a term that is not affine, the rate.

  Not collective, but to be called on all ranks.
@*/
PetscErrorCode EnergyRegister(const char type[], PetscErrorCode (*create)(EnergyTerm))
{
  PetscFunctionBegin;
  PetscCall(EnergyInitializePackage());
  PetscCall(PetscFunctionListAdd(&EnergyTypes, type, create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The names of the types, to be freed by the caller; some versions of PETSc count the NULL at the end. */
static PetscErrorCode EnergyListTypes(PetscInt *count, const char **names[])
{
  int n;

  PetscFunctionBegin;
  PetscCall(PetscFunctionListGet(EnergyTypes, names, &n));
  while (n && !(*names)[n - 1]) n--;
  *count = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "entropy, power, potential" */
PetscErrorCode EnergyTypeNames(char text[], size_t length)
{
  const char **name;
  PetscInt     count = 0;

  PetscFunctionBegin;
  PetscCall(EnergyListTypes(&count, &name));
  text[0] = 0;
  for (PetscInt i = 0; i < count; i++) {
    PetscCall(PetscStrlcat(text, i ? ", " : "", length));
    PetscCall(PetscStrlcat(text, name[i], length));
  }
  PetscCall(PetscFree(name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyCreate - an energy without terms; give it a grid and terms, then EnergySetUp().

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode EnergyCreate(MPI_Comm comm, Energy *energy)
{
  PetscFunctionBegin;
  PetscAssertPointer(energy, 2);
  PetscCall(EnergyInitializePackage());
  PetscCall(PetscHeaderCreate(*energy, ENERGY_CLASSID, "Energy", "Energy of the flow", "Energy", comm, EnergyDestroy, EnergyView));
  PetscCall(EnergySetOptionsPrefix(*energy, NULL, "energy_"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergySetGrid - the cells the densities live on. The energy keeps a reference.

  Logically collective. Errors: an energy that is already set up on another grid.
@*/
PetscErrorCode EnergySetGrid(Energy energy, Grid grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscValidHeader(grid, 2);
  PetscCheck(!energy->layout || grid == energy->grid, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER,
             "set the grid of an energy before EnergySetUp()");
  PetscCall(PetscObjectReference((PetscObject)grid));
  if (grid != energy->grid) PetscCall(DMDestroy(&energy->dm));
  PetscCall(GridDestroy(&energy->grid));
  energy->grid = grid;
  for (PetscInt k = 0; k < energy->species; k++) PetscCall(EnergySetGrid(energy->own[k], grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyGetGrid - the grid, NULL before EnergySetGrid(). Borrowed. Not collective. @*/
PetscErrorCode EnergyGetGrid(Energy energy, Grid *grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(grid, 2);
  *grid = energy->grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyTermDestroy(EnergyTerm *term)
{
  PetscFunctionBegin;
  if (!*term) PetscFunctionReturn(PETSC_SUCCESS);
  PetscTryTypeMethod(*term, destroy);
  PetscCall(PetscFree((*term)->data));
  PetscCall(PetscHeaderDestroy(term));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Names are parts of options: letters, digits and _; that of the list of terms is taken. */
static PetscErrorCode EnergyCheckTermName(Energy energy, const char name[])
{
  MPI_Comm  comm = PetscObjectComm((PetscObject)energy);
  char      terms[256];
  PetscBool taken;

  PetscFunctionBegin;
  PetscCall(EnergyOption(energy, "terms", terms, sizeof terms));
  PetscCheck(*name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name), comm, JKO_ERR_INPUT,
             "%s: '%s' cannot be the name of a term; use letters, digits and _", terms, name);
  PetscCall(PetscStrcmp(name, "terms", &taken));
  PetscCheck(!taken, comm, JKO_ERR_INPUT, "%s: 'terms' cannot be the name of a term, as %s is an option; use another", terms, terms);
  for (PetscInt i = 0; i < energy->count; i++) {
    PetscCall(PetscStrcmp(name, ((PetscObject)energy->term[i])->name, &taken));
    PetscCheck(!taken, comm, JKO_ERR_INPUT, "%s: the name '%s' is used twice; give each term its own, as in a:power,b:power", terms, name);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyFindType(Energy energy, const char type[], PetscErrorCode (**create)(EnergyTerm))
{
  char         known[512], terms[256];
  const char **name, *nearest;
  PetscInt     count = 0;

  PetscFunctionBegin;
  PetscCall(PetscFunctionListFind(EnergyTypes, type, create));
  if (*create) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyOption(energy, "terms", terms, sizeof terms));
  PetscCall(EnergyTypeNames(known, sizeof known));
  PetscCall(EnergyListTypes(&count, &name));
  PetscCall(JKONearestName(type, count, name, &nearest)); /* points into the list of types */
  PetscCall(PetscFree(name));
  SETERRQ(PetscObjectComm((PetscObject)energy), JKO_ERR_INPUT, "%s: there is no energy '%s'; did you mean %s? Known are %s", terms, type,
          nearest, known);
}

/*@C
  EnergyAddTerm - adds a term of the given type (ENERGYENTROPY, ENERGYPOWER, ENERGYPOTENTIAL, ...) to the sum.

  Logically collective. Its options are -energy_<name> and -energy_<name>_...; a NULL name stands for the type's. The term is
  borrowed, it belongs to the energy; `term` may be NULL. The energy is to be set up (again) afterwards.
  Errors: an unknown type, a name that is not made of letters, digits and _, or taken; more than ENERGY_MAX_TERMS terms.
@*/
PetscErrorCode EnergyAddTerm(Energy energy, const char type[], const char name[], EnergyTerm *term)
{
  EnergyTerm t;
  MPI_Comm   comm;
  char       terms[256];
  PetscErrorCode (*create)(EnergyTerm);

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(type, 2);
  comm = PetscObjectComm((PetscObject)energy);
  if (!name) name = type;
  PetscCall(EnergyOption(energy, "terms", terms, sizeof terms));
  PetscCheck(energy->count < ENERGY_MAX_TERMS, comm, JKO_ERR_INPUT, "%s: more than %d terms", terms, ENERGY_MAX_TERMS);
  PetscCall(EnergyFindType(energy, type, &create));
  PetscCall(EnergyCheckTermName(energy, name));
  PetscCall(PetscHeaderCreate(t, ENERGYTERM_CLASSID, "EnergyTerm", "Term of an energy", "Energy", comm, EnergyTermDestroy, NULL));
  PetscCall(PetscObjectSetName((PetscObject)t, name));
  PetscCall(PetscObjectChangeTypeName((PetscObject)t, type));
  t->energy                     = energy;
  t->partner                    = -1;
  t->most                       = PETSC_INFINITY;
  energy->term[energy->count++] = t;
  EnergyNeedsSetUp(energy);
  PetscCall((*create)(t));
  if (term) *term = t;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUpLayout(Energy energy)
{
  PetscLayout layout, state;
  Vec         v, all;

  PetscFunctionBegin;
  if (energy->layout) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyCreateVector(energy, &all));
  PetscCall(VecGetLayout(all, &state));
  PetscCall(PetscLayoutReference(state, &energy->state));
  PetscCall(VecDestroy(&all));
  PetscCall(GridCreateVector(energy->grid, &v));
  PetscCall(VecGetLayout(v, &layout));
  PetscCall(PetscLayoutReference(layout, &energy->layout));
  PetscCall(VecGetLocalSize(v, &energy->n));
  PetscCall(GridGetCellVolume(energy->grid, &energy->volume));
  PetscCall(VecDestroy(&v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergySetUp - makes the energy ready for use: checks the terms and reads the fields they need.

  Collective; to be called again after a change of the terms. Errors: no grid, no terms, a term without what it needs.
@*/
PetscErrorCode EnergySetUp(Energy energy)
{
  MPI_Comm comm;
  char     known[512], terms[256];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  if (energy->setup) PetscFunctionReturn(PETSC_SUCCESS);
  comm = PetscObjectComm((PetscObject)energy);
  PetscCheck(energy->grid, comm, PETSC_ERR_ORDER, "call EnergySetGrid() before EnergySetUp()");
  PetscCall(EnergyTypeNames(known, sizeof known));
  PetscCall(EnergyOption(energy, "terms", terms, sizeof terms));
  PetscCheck(energy->count || energy->species || energy->whole, comm, JKO_ERR_INPUT,
             "%s is missing: give one or more of %s, as in %s entropy,potential", terms, known, terms);
  PetscCall(EnergySetUpLayout(energy));
  energy->curved = energy->bounds = energy->nonlocal = energy->lagged = 0;
  energy->rate = energy->exponent = energy->ratio = 0;
  for (PetscInt i = 0; i < energy->count; i++) {
    PetscTryTypeMethod(energy->term[i], setup);
    energy->nonlocal += !!energy->term[i]->ops->refresh;
    energy->lagged += energy->term[i]->ops->refresh && energy->term[i]->lagged;
    if (energy->term[i]->ops->bound) energy->bounds++;
    if (!energy->term[i]->ops->variation) continue;
    energy->curved++;
    energy->rate     = PetscMax(energy->rate, energy->term[i]->rate);
    energy->exponent = energy->curved > 1 ? 0 : energy->term[i]->exponent;
  }
  PetscCall(EnergySetUpSpecies(energy));
  energy->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A vector of all densities of an energy that is set up; the outcome is the same on all ranks. */
PetscErrorCode EnergyCheckVector(Energy energy, Vec v, const char what[])
{
  PetscLayout layout;
  PetscBool   same;

  PetscFunctionBegin;
  PetscCheck(energy->setup, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER, "call EnergySetUp() first");
  PetscValidHeaderSpecific(v, VEC_CLASSID, 2);
  PetscCall(VecGetLayout(v, &layout));
  PetscCall(PetscLayoutCompare(layout, energy->state, &same));
  PetscCheck(same, PetscObjectComm((PetscObject)energy), PETSC_ERR_ARG_INCOMP, "%s is not a vector of the energy's %s", what,
             energy->species ? "species" : "grid");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyDestroy - drops a reference; the last one frees the energy with its terms.

  Collective.
@*/
PetscErrorCode EnergyDestroy(Energy *energy)
{
  PetscFunctionBegin;
  if (!*energy) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(*energy, ENERGY_CLASSID, 1);
  if (--((PetscObject)*energy)->refct > 0) {
    *energy = NULL;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscInt i = 0; i < (*energy)->count; i++) PetscCall(EnergyTermDestroy(&(*energy)->term[i]));
  for (PetscInt k = 0; k < (*energy)->species; k++) PetscCall(EnergyDestroy(&(*energy)->own[k]));
  PetscCall(PetscLayoutDestroy(&(*energy)->layout));
  PetscCall(PetscLayoutDestroy(&(*energy)->state));
  PetscCall(VecDestroy(&(*energy)->total));
  PetscCall(DMDestroy(&(*energy)->dm));
  PetscCall(GridDestroy(&(*energy)->grid));
  PetscCall(PetscHeaderDestroy(energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}
